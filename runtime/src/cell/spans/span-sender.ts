/**
 * Sends on what spans the calls of one version have made, in one message for each call, when it is over.
 *
 * Guarantees: never holds up a call or fails one; what is over the rate is counted, and told with the next message. Not guaranteed: spans of a cell that is killed, or that nobody hears.
 */
import type { WireConnection } from '@sovfn/bus/wire';
import {
  PROTOCOL_VERSION,
  type Runner,
  type SpanBatch,
  SPANS_BURST_LENGTH,
  SPANS_LENGTH_PER_SECOND,
  spanSubject,
} from '@sovfn/protocol';
import { RateBudget } from '../logs/rate-budget.ts';
import type { MadeSpans } from './made-spans.ts';

export interface SpanSenderOptions {
  readonly connection: Pick<WireConnection, 'isOpen' | 'isCongested' | 'publish'>;
  readonly runner: Runner;
  readonly zone: string;
  readonly tenant: string;
  readonly name: string;
  readonly version: string;
}

export class SpanSender {
  readonly #options: SpanSenderOptions;
  readonly #subject: string;
  readonly #budget = new RateBudget(SPANS_BURST_LENGTH, SPANS_LENGTH_PER_SECOND);
  /** Of calls whose spans were not sent. */
  #dropped = 0;

  constructor(options: SpanSenderOptions) {
    this.#options = options;
    const { zone, tenant, name } = options;
    this.#subject = spanSubject({ zone, tenant, function: name });
  }

  send({ texts, length, dropped }: MadeSpans): void {
    const { connection, runner, version } = this.#options;
    this.#dropped += dropped;
    if (!connection.isOpen || connection.isCongested || !this.#budget.take(length)) {
      this.#dropped += texts.length;
      return;
    }
    const batch: SpanBatch = { v: PROTOCOL_VERSION, version, node: runner.node, spans: texts, dropped: this.#dropped };
    this.#dropped = 0;
    connection.publish(this.#subject, Buffer.from(JSON.stringify(batch), 'utf8'));
  }
}
