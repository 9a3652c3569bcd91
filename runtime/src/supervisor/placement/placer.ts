/**
 * Takes the calls that no cell has loaded the function for: finds or starts the tenant's cell, has it load the version,
 * and hands the call over. The cell answers the gateway itself.
 *
 * Guarantees: every well-formed placement is handed to a cell or answered, and runs at most once here; a function runs
 * only in a zone of this node that its own manifest names; of a named zone, only when the node's labels satisfy the definition in
 * the function's record; and of a zone of several countries, only when its tenant has accepted that of the node. What waits is bounded in bytes.
 * Hostile: the messages, although NATS lets only gateways send them.
 */
import type { FunctionRegistry } from '@sovfn/bus';
import type { WireClient } from '@sovfn/bus/wire';
import {
  type Call,
  callKeyOfReply,
  decodeCall,
  decodePlacement,
  encodeFailure,
  encodeRefusal,
  encodeTaken,
  isOutcome,
  isSovfnError,
  type Labels,
  MAX_SENDS,
  type Manifest,
  type Outcome,
  OUTCOMES,
  patchCall,
  PROBE_AFTER_MS,
  ProtocolError,
  SovfnError,
  TAKEN_AFTER_MS,
} from '@sovfn/protocol';
import type { CellGroup } from '../cells/cell-group.ts';
import type { CellGroups } from '../cells/cell-groups.ts';
import type { VersionName } from '../code/bundle-store.ts';
import type { TenantCell } from '../cells/tenant-cell.ts';
import type { VersionCode, VersionCodes } from '../code/version-code.ts';
import type { SupervisorEvents } from '../events.ts';
import type { VersionTrust } from '../signers/version-trust.ts';
import { findVersion } from './known-versions.ts';
import { assertCountryAccepted, assertInZone } from './zone-policy.ts';

export interface PlacerOptions {
  readonly node: string;
  /** Of the node. */
  readonly labels: Labels;
  readonly wire: WireClient;
  readonly registry: FunctionRegistry;
  readonly trust: VersionTrust;
  readonly groups: CellGroups;
  readonly codes: VersionCodes;
  readonly events: SupervisorEvents;
}

/** A placement that has been read and is not yet handed on. */
interface PendingCall extends VersionName {
  readonly zone: string;
  readonly reply: string;
  /** The call message; ours, so that it can be patched. */
  readonly message: Buffer;
  readonly call: Call;
  readonly receivedAt: number;
}

/** Bytes of calls that wait for cells and code; beyond it, calls are refused. */
const WAITING_BYTES = 64 * 1024 * 1024;
/** Until then a probe may be for a call that a cell of this node's former supervisor had. With a margin for the way. */
const PROBES_AFTER_START_MS = PROBE_AFTER_MS + 1_000;
/** Names no cell: the call is here, and no cell has it yet. */
const NO_CELL = '';

export class Placer {
  readonly #options: PlacerOptions;
  readonly #startedAt = performance.now();
  #waitingBytes = 0;

  constructor(options: PlacerOptions) {
    this.#options = options;
  }

  /** Handles a message of the zone's placement subject. Never rejects. */
  async place(zone: string, payload: Buffer, reply: string): Promise<void> {
    const pending = this.#read(zone, payload, reply);
    if (pending === null) return;
    this.#waitingBytes += pending.message.length;
    const taken = setTimeout(() => this.#send(pending, encodeTaken(this.#runner)), TAKEN_AFTER_MS);
    try {
      await this.#place(pending);
    } catch (error) {
      this.#answer(pending, error);
    } finally {
      clearTimeout(taken);
      this.#waitingBytes -= pending.message.length;
    }
  }

  async #place(pending: PendingCall): Promise<void> {
    if (this.#waitingBytes > WAITING_BYTES) {
      throw new SovfnError(
        'load-shed',
        `node "${this.#options.node}" has ${WAITING_BYTES} bytes of calls waiting already`,
      );
    }
    const { registry, trust, labels } = this.#options;
    const { manifest, facts, accepted } = await findVersion(registry, trust, pending, labels.country);
    assertResidency(pending, facts.zone);
    assertInZone(labels, facts);
    assertCountryAccepted(labels, facts.zone, accepted);
    const group = this.#options.groups.group(pending.zone, pending.tenant);
    if (pending.call.probe && this.#mayHaveRun(pending, group)) return;
    const early = group.holds(pending) ? null : this.#prepare(pending, manifest);
    // When another call's load is joined below, that one reports the failure.
    early?.catch(() => undefined);
    // Of an older version the limits lie with its code, in the object store.
    const limits = manifest?.config.limits ?? (await (early ?? this.#prepare(pending, manifest))).limits;
    const cell = await group.cellFor(pending, limits);
    await cell.load(pending, () => early ?? this.#prepare(pending, manifest));
    this.#run(pending, cell);
  }

  /** A cell of this node may have, or have had, the call in its hands: running it here would run it twice. */
  #mayHaveRun(pending: PendingCall, group: CellGroup): boolean {
    return performance.now() - this.#startedAt < PROBES_AFTER_START_MS || group.mayHaveTaken(pending);
  }

  async #prepare(pending: PendingCall, manifest: Manifest | null): Promise<VersionCode> {
    const code = await this.#options.codes.prepare(pending, manifest);
    assertResidency(pending, code.residency);
    return code;
  }

  #run(pending: PendingCall, cell: TenantCell): void {
    const remainingMs = Math.round(pending.call.remainingMs - (performance.now() - pending.receivedAt));
    if (remainingMs <= 0) throw new SovfnError('expired', 'the time of the call was over before a cell could run it');
    patchCall(pending.message, { remainingMs, resends: pending.call.resends, probe: false });
    cell.run(pending, pending.reply, pending.message);
  }

  /** Null for what is no placement, or came from no gateway: there is nobody to answer. */
  #read(zone: string, payload: Buffer, reply: string): PendingCall | null {
    try {
      const { tenant, function: name, version, call } = decodePlacement(payload);
      if (callKeyOfReply(reply, zone, tenant) === null) throw new ProtocolError(`"${reply}" is no reply subject`);
      const message = Buffer.from(call);
      const receivedAt = performance.now();
      return { zone, tenant, function: name, version, reply, message, call: decodeCall(message), receivedAt };
    } catch (error) {
      if (!isSovfnError(error)) throw error;
      this.#options.events.placementMalformed(zone, error.message);
      return null;
    }
  }

  #answer(pending: PendingCall, error: unknown): void {
    const outcome = outcomeOf(error);
    const reason = error instanceof Error ? error.message : String(error);
    const { tenant, function: name, version } = pending;
    this.#options.events.placementRefused({ tenant, function: name, version, outcome, reason });
    const mayGoElsewhere = OUTCOMES[outcome].repeatable && pending.call.resends + 1 < MAX_SENDS;
    this.#send(pending, mayGoElsewhere ? encodeRefusal({ outcome, ...this.#runner }) : this.#failure(outcome, reason));
  }

  /** Ends the call at the gateway, with the reason: a refusal has none. */
  #failure(outcome: Outcome, reason: string): Buffer {
    const none = { limit: null, limitValue: null, measured: null, errorName: null, stack: null };
    const detail = { message: reason.slice(0, 4_096), ...none };
    return encodeFailure({ outcome, detail, report: null, cpuUs: 0, wallUs: 0, ...this.#runner });
  }

  /** Without the bus there is nobody to answer either: the gateway has lost the same server, or gives up by time. */
  #send(pending: PendingCall, frame: Buffer): void {
    if (this.#options.wire.isConnected) this.#options.wire.publish(pending.reply, frame);
  }

  get #runner(): { node: string; cell: string } {
    return { node: this.#options.node, cell: NO_CELL };
  }
}

/** The zone of the message decides which cells and nodes can see the call; the function's manifest decides the zone. */
function assertResidency(pending: PendingCall, residency: string): void {
  if (residency === pending.zone) return;
  const what = `function "${pending.function}" may run in zone "${residency}" only`;
  throw new SovfnError('residency-unsatisfied', `${what}; the call came for zone "${pending.zone}"`);
}

function outcomeOf(error: unknown): Exclude<Outcome, 'ok'> {
  if (!isSovfnError(error)) return 'internal-error';
  if (isOutcome(error.code)) return error.code;
  return error.code === 'store-unavailable' || error.code === 'bus-unavailable' ? 'not-started' : 'internal-error';
}
