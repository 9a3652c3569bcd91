/**
 * The gateway's end of the call path: it sends calls to cells over NATS and hands back what they answer.
 *
 * Guarantees: every started call ends in exactly one way (see CallHandler), at the latest 2 s after its time limit; a
 * call is sent again only when it is certain that nothing of the function ran, MAX_SENDS times in all; an answer is
 * taken only from the subject of its own zone and tenant, which NATS lets no other tenant publish to.
 * Not guaranteed: that a call that ended `cell-lost`, or that nobody answered in time, has not run.
 * Hostile: every frame comes from a process that runs tenant code. It is parsed with limits, and a broken one ends
 * its own call only.
 *
 * The bus: while it is away, new calls throw `bus-unavailable` at once. Calls in flight get 2 s for its return; then
 * cells are asked which of them they still have, and the others end `cell-lost`. Calls that stream end at once.
 */
import { randomBytes } from 'node:crypto';
import { Deadlines, InFlight, type WireClient, type WireSubscription } from '@sovfn/bus/wire';
import {
  type CellFrame,
  decodeCellFrame,
  encodeCall,
  gatewayRepliesSubject,
  isBundleSubject,
  isSovfnError,
  readBundle,
  replyPrefixOf,
  SovfnError,
  type StatementBytes,
  TRIGGERS,
  zoneCellDownSubject,
  zoneNodeUpSubject,
} from '@sovfn/protocol';
import { type CallHandler, failureOf, nobodyFailure, type OutgoingCall } from './call-handler.ts';
import { CallBundles } from './call-bundles.ts';
import { CallPeer } from './call-peer.ts';
import type { CallTarget } from './call-target.ts';
import { Delivery } from './delivery.ts';
import { CallStatement } from '../receipts/call-statement.ts';
import type { CallSpans } from '../telemetry/call-spans.ts';
import { LostCalls } from './lost-calls.ts';
import { placementOrder } from './placement-order.ts';
import { type CallSurroundings, PendingCall } from './pending-call.ts';

export interface CallClientOptions {
  readonly wire: WireClient;
  readonly gateway: string;
  readonly zones: readonly string[];
  /** How many live nodes of the zone take calls, by country. */
  readonly countriesIn: (zone: string) => ReadonlyMap<string, number>;
  /** A call was refused because nothing that may serve its zone is there. */
  readonly onUnsatisfied: (target: CallTarget) => void;
  /** Throws `key-unavailable` for a tenant that must not be called now. */
  readonly assertUsable: (tenant: string) => void;
  /** Where statements about calls go, for their receipts. The bytes are lent until it returns. */
  readonly onStated: (target: CallTarget, record: StatementBytes) => void;
  /** Null: no spans are recorded. */
  readonly spans: CallSpans | null;
  /** A message on the bus that breaks the protocol, for the log. */
  readonly onInvalid: (reason: string) => void;
}

const NUMBER_BASE = 36;
const EPOCH_LENGTH = 6;

export class CallClient {
  readonly #options: CallClientOptions;
  /** By number: a subject as the key would be looked up in V8's table of all strings first, for each call and answer. */
  readonly #pending = new InFlight<PendingCall>();
  readonly #deadlines = new Deadlines<PendingCall>({ onDue: (call) => this.#onDue(call) });
  readonly #bundles: CallBundles;
  readonly #lost: LostCalls;
  readonly #surroundings: CallSurroundings;
  readonly #subscriptions: WireSubscription[];
  readonly #stopWatching: () => void;
  #epoch = makeEpoch();
  #number = 0;

  constructor(options: CallClientOptions) {
    const { wire, gateway, zones, onInvalid } = options;
    this.#options = options;
    this.#bundles = new CallBundles({
      wire,
      onUnsent: ({ number }, error) =>
        this.#pending.get(number)?.fail(failureOf('not-started', error.message, error.code)),
    });
    this.#lost = new LostCalls({ pending: () => this.#pending.all(), onInvalid });
    this.#surroundings = {
      countriesFor: (target) => placementOrder(target, options.countriesIn(target.zone)),
      nobodyFor: (target) => {
        const failure = nobodyFailure(target, options.countriesIn(target.zone));
        if (failure.code === 'no-node-in-zone') options.onUnsatisfied(target);
        return failure;
      },
      onInvalid,
      stated: options.onStated,
      forget: (call) => {
        this.#pending.remove(call.number);
        this.#deadlines.clear(call);
      },
    };
    this.#subscriptions = [
      wire.subscribe(gatewayRepliesSubject(gateway), null, (payload, subject, _reply, noResponders) =>
        this.#onMessage(payload, subject, noResponders),
      ),
      ...zones.flatMap((zone) => [
        wire.subscribe(zoneCellDownSubject(zone), null, (payload) => this.#lost.onCellDown(payload, zone)),
        wire.subscribe(zoneNodeUpSubject(zone), null, (payload, subject) =>
          this.#lost.onNodeUp(payload, subject, zone),
        ),
      ]),
    ];
    this.#stopWatching = wire.onState((isConnected) => this.#lost.onBusState(isConnected));
  }

  /** Calls that have not ended. */
  get inFlight(): number {
    return this.#pending.size;
  }

  get isConnected(): boolean {
    return this.#options.wire.isConnected;
  }

  /**
   * Sends a call. Throws `bus-unavailable` when the bus is away, `residency-unsatisfied` for a zone that this gateway
   * may not send to, `key-unavailable`, ProtocolError when the head is too large; then nothing was sent. The handler hears nothing before
   * this returns.
   */
  start(target: CallTarget, call: OutgoingCall, handler: CallHandler): PendingCall {
    const { wire, gateway } = this.#options;
    this.#assertZone(target);
    this.#options.assertUsable(target.tenant);
    const span = this.#options.spans?.begin(target, call) ?? null;
    const isTraced = span !== null;
    const message = encodeCall({ ...call, remainingMs: target.wallMs, resends: 0, probe: false, isTraced });
    const number = this.#nextNumber();
    const name = this.#epoch + number.toString(NUMBER_BASE);
    const delivery = new Delivery({ wire, bundles: this.#bundles, target, number, name, message });
    const peer = new CallPeer(wire, target, `${gateway}.${name}`);
    delivery.sendToCells();
    const pending = new PendingCall({
      surroundings: this.#surroundings,
      target,
      handler,
      delivery,
      peer,
      streamed: call.streamed,
      statement: new CallStatement(call, target.digests),
      span,
      trigger: TRIGGERS.indexOf(call.trigger),
    });
    this.#pending.put(number, pending);
    this.#deadlines.set(pending, pending.firstDueAt);
    return pending;
  }

  /** A node is not heard of any more: the calls that it may have had are asked for, and end when nobody has them. */
  nodeGone(node: string): void {
    this.#lost.onNodeGone(node);
  }

  /** Ends what is still in flight as `canceled`. The wire is its owner's to close. */
  close(): void {
    this.#stopWatching();
    for (const call of this.#pending.all()) call.abandon(failureOf('canceled', 'the gateway is stopping'));
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#lost.close();
    this.#deadlines.close();
  }

  /** NATS would refuse the message, but only in passing: nobody would ever answer. */
  #assertZone(target: CallTarget): void {
    const { zone } = target;
    if (this.#options.zones.includes(zone)) return;
    this.#options.onUnsatisfied(target);
    throw new SovfnError('residency-unsatisfied', `this gateway may not send calls to the zone "${zone}"`, {
      hint: 'Use a gateway of that zone.',
    });
  }

  #onMessage(payload: Buffer, subject: string, noResponders: boolean): void {
    if (isBundleSubject(subject)) {
      return noResponders ? this.#onNobodyForBundle(subject) : this.#onBundle(payload, replyPrefixOf(subject));
    }
    const call = this.#find(subject.slice(subject.lastIndexOf('.') + 1), subject);
    if (call === null) return;
    if (noResponders) call.onNobody();
    else this.#onFrame(call, payload);
  }

  /** NATS lets no tenant's cell publish to the replies of another: what its bundles name are calls of its own. */
  #onBundle(bundle: Buffer, prefix: string): void {
    try {
      readBundle(bundle, (name, frame) => {
        const call = this.#find(name, prefix + name);
        if (call !== null) this.#onFrame(call, frame);
      });
    } catch (error) {
      if (!isSovfnError(error)) throw error;
      this.#options.onInvalid(error.message);
    }
  }

  #onNobodyForBundle(bundle: string): void {
    for (const call of this.#pending.all()) if (call.wasSentIn(bundle)) call.onNobody();
  }

  #onFrame(call: PendingCall, payload: Buffer): void {
    let frame: CellFrame;
    try {
      frame = decodeCellFrame(payload);
    } catch (error) {
      return call.onBrokenFrame(error);
    }
    call.onFrame(frame);
  }

  #find(name: string, reply: string): PendingCall | null {
    const call = this.#pending.get(Number.parseInt(name.slice(EPOCH_LENGTH), NUMBER_BASE));
    return call?.reply === reply ? call : null;
  }

  #onDue(call: PendingCall): void {
    const next = call.onDue(performance.now());
    if (next !== null) this.#deadlines.set(call, next);
  }

  /**
   * Of a call among those since `#epoch` was drawn. No earlier life of this gateway used both, so a late answer to that
   * one meets nobody.
   */
  #nextNumber(): number {
    const number = this.#pending.nextNumber();
    if (number < this.#number) this.#epoch = makeEpoch();
    this.#number = number;
    return number;
  }
}

/** Six more characters hold the counter. */
function makeEpoch(): string {
  const drawn = randomBytes(4).readUInt32BE() % NUMBER_BASE ** EPOCH_LENGTH;
  return drawn.toString(NUMBER_BASE).padStart(EPOCH_LENGTH, '0');
}
