/**
 * What the broker tells of requests, twice: for the ledger, and for the receipt of the call that asked.
 *
 * Guarantees: a request of which the broker told that it began is in both, also when the broker ends before the request does.
 */
import { type EgressEntry, ProtocolError } from '@sovfn/protocol';
import type { Asker } from '../../asks/ask.ts';
import type { RequestNoteMessage } from '../../channel/broker-control.ts';
import type { CallEgresses } from '../receipts/call-egress.ts';
import type { EgressLedger } from './ledger.ts';

type Begun = Extract<RequestNoteMessage, { type: 'begun' }>;
type Over = Extract<RequestNoteMessage, { type: 'over' }>;
type Whole = Extract<RequestNoteMessage, { type: 'whole' }>;

interface OpenRequest extends Pick<Begun, 'time' | 'invocation' | 'method' | 'origin'> {
  readonly owner: Asker;
}

export interface RequestNotesOptions {
  readonly ledger: Pick<EgressLedger, 'note'>;
  readonly egresses: CallEgresses;
}

/** Far more than all cells of a node may have under way. */
const MOST_OPEN = 100_000;

/** Of one broker process. */
export class RequestNotes {
  readonly #options: RequestNotesOptions;
  readonly #open = new Map<number, OpenRequest>();

  constructor(options: RequestNotesOptions) {
    this.#options = options;
  }

  /** `owner`: as the supervisor knows it. Throws ProtocolError when more is under way than can be. */
  begin(owner: Asker, { request, time, invocation, method, origin, isRedirect }: Begun): void {
    if (this.#open.size >= MOST_OPEN) throw new ProtocolError(`the broker began more than ${MOST_OPEN} requests`);
    this.#open.set(request, { owner, time, invocation, method, origin });
    if (invocation !== null) this.#options.egresses.begin(owner, invocation, isRedirect);
  }

  /** Of a request that never began nothing is kept. */
  end({ type: _, request, ...ending }: Over): void {
    const open = this.#open.get(request);
    if (open === undefined) return;
    this.#open.delete(request);
    const { owner, ...asked } = open;
    this.#note(owner, { ...asked, ...ending });
  }

  /** `owner`: as the supervisor knows it. */
  add(owner: Asker, { type: _, attachment: __, function: ___, version: ____, isRedirect, ...entry }: Whole): void {
    if (entry.invocation !== null) this.#options.egresses.begin(owner, entry.invocation, isRedirect);
    this.#note(owner, entry);
  }

  /** The broker has ended. Where these were sent, and what came of it, it has taken with it. */
  endAll(): void {
    for (const { owner, ...asked } of this.#open.values()) this.#note(owner, { ...asked, ...NOTHING_KNOWN });
    this.#open.clear();
  }

  #note(owner: Asker, entry: EgressEntry): void {
    this.#options.ledger.note(owner, entry);
    if (entry.invocation !== null) this.#options.egresses.end(owner, entry.invocation, entry);
  }
}

const NOTHING_KNOWN = {
  ...{ address: null, country: null, outcome: 'failed', status: null, sentBytes: 0, receivedBytes: 0, wallMs: 0 },
  reason: 'broker-lost: the broker ended while the request was under way',
} as const satisfies Partial<EgressEntry>;
