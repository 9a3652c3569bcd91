import { createHash, type Hash } from 'node:crypto';
import {
  type Call,
  EMPTY_HASH,
  eventOfCall,
  type NodeHash,
  type Outcome,
  type Runner,
  type StatementBytes,
  StatementWriter,
  type Trigger,
  writeGatewayRecord,
} from '@sovfn/protocol';
import { type BodyDigests, digestOf } from './body-digest.ts';

type StartedCall = Pick<Call, 'invocation' | 'trigger' | 'headers' | 'body' | 'streamed'>;

/** How a call ended. */
export interface StatedEnd {
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly wallMs: number;
  readonly runner: Runner | null;
  /** There is a whole response. */
  readonly isWhole: boolean;
}

const writer = new StatementWriter();

/**
 * What the gateway states about one call in its receipt: bodies are hashed as they pass. NOTE: on the path of every call. A
 * body in one piece is hashed in one step, which takes a third of the time.
 */
export class CallStatement {
  readonly #invocation: string;
  readonly #trigger: Trigger;
  readonly #event: string | null;
  readonly #attempt: number | null;
  #inputBytes: number;
  #inputHash: NodeHash;
  #input: Hash | null = null;
  #outputBytes = 0;
  #outputHash = EMPTY_HASH;
  #output: Hash | null = null;
  readonly #digests: BodyDigests;

  /** `digests`: of the version that is called. */
  constructor({ invocation, trigger, headers, body, streamed }: StartedCall, digests: BodyDigests) {
    this.#digests = digests;
    this.#invocation = invocation;
    this.#trigger = trigger;
    const { event, attempt } = eventOfCall(trigger, headers);
    this.#event = event;
    this.#attempt = attempt;
    this.#inputBytes = body.length;
    this.#inputHash = streamed ? '' : digestOf(body);
    if (streamed) this.#input = createHash('sha256').update(body);
  }

  /** A further piece of the request's body. */
  addInput(bytes: Uint8Array): void {
    this.#input?.update(bytes);
    this.#inputBytes += bytes.length;
  }

  /** The whole body of the response. */
  setOutput(body: Uint8Array): void {
    this.#outputBytes = body.length;
    this.#outputHash = this.#digests.of(body);
  }

  /** A piece of the body of a response that is streamed. */
  addOutput(bytes: Uint8Array): void {
    this.#output ??= createHash('sha256');
    this.#output.update(bytes);
    this.#outputBytes += bytes.length;
  }

  /** What is stated; lent until the next call ends. */
  end({ outcome, status, wallMs, runner, isWhole }: StatedEnd): StatementBytes {
    if (this.#input !== null) this.#inputHash = this.#input.digest('latin1');
    if (this.#output !== null && isWhole) this.#outputHash = this.#output.digest('latin1');
    writer.reset();
    writeGatewayRecord(writer, {
      invocation: this.#invocation,
      trigger: this.#trigger,
      event: this.#event,
      attempt: this.#attempt,
      startedAtMs: Math.floor(Date.now() - wallMs),
      wallUs: Math.round(wallMs * 1_000),
      outcome,
      status,
      inputBytes: this.#inputBytes,
      inputHash: this.#inputHash,
      outputBytes: this.#outputBytes,
      outputHash: isWhole ? this.#outputHash : null,
      node: runner?.node ?? null,
      cell: runner?.cell ?? null,
    });
    return writer;
  }
}
