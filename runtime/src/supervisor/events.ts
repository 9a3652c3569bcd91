import type { SignerList } from '@sovfn/protocol';
import type { Wear } from './cells/cell-life.ts';
import type { FunctionVersion } from './cells/held-version.ts';
import type { TenantCell, TenantCellEnd } from './cells/tenant-cell.ts';
import type { Log, LogFact } from './logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Everything the supervisor logs: one method per event, named in past tense; facts hold no secrets and no user data. */
export class SupervisorEvents {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  started(node: string, zones: readonly string[], ms: number): void {
    this.#write('info', 'supervisor-started', { node, zones: zones.join(' '), ms: Math.round(ms) });
  }

  stopped(killedCells: number): void {
    this.#write('info', 'supervisor-stopped', { killedCells });
  }

  draining(): void {
    this.#write('info', 'node-draining', {});
  }

  drained(killedCells: number): void {
    this.#write('info', 'node-drained', { killedCells });
  }

  orderMalformed(reason: string): void {
    this.#write('error', 'order-malformed', { reason });
  }

  memoryUnwatched(): void {
    this.#write('warn', 'memory-unwatched', { reason: `memory of cells cannot be read on ${process.platform}` });
  }

  busLost(): void {
    this.#write('warn', 'bus-lost', {});
  }

  busBack(): void {
    this.#write('info', 'bus-back', {});
  }

  busRefused(text: string): void {
    this.#write('error', 'bus-refused', { text });
  }

  egressUnwritten(reason: string): void {
    this.#write('error', 'egress-unwritten', { reason });
  }

  /** A cell has something to ask of the outside. */
  brokerStarted(pid: number, lockLevel: number, ms: number): void {
    this.#write('info', 'broker-started', { pid, lockLevel, ms: Math.round(ms) });
  }

  /** Null: nobody needed it any more. It is started again when a cell does. */
  brokerEnded(pid: number, reason: string | null): void {
    this.#write(reason === null ? 'info' : 'error', 'broker-ended', { pid, reason: reason ?? 'not needed' });
  }

  /** Requests to the outside fail. */
  brokerUnavailable(reason: string): void {
    this.#write('error', 'broker-unavailable', { reason });
  }

  brokerOutput(text: string): void {
    this.#write('info', 'broker-output', { text });
  }

  cellOutput(cell: string, text: string): void {
    this.#write('info', 'cell-output', { cell, text });
  }

  idleCellLost(reason: string): void {
    this.#write('warn', 'idle-cell-lost', { reason });
  }

  cellAssigned(cell: TenantCell, ms: number): void {
    this.#write('info', 'cell-assigned', { ...cellFacts(cell), ms: Math.round(ms) });
  }

  /** A further cell, or the one that was to replace `cell`. */
  cellNotAdded(cell: TenantCell, reason: string): void {
    this.#write('warn', 'cell-not-added', { ...cellFacts(cell), reason });
  }

  /** It finishes its calls and ends: the tenant is quiet, or another cell has taken its place. */
  cellLetGo(cell: TenantCell, reason: 'quiet' | Wear): void {
    this.#write('info', 'cell-let-go', { ...cellFacts(cell), reason });
  }

  /** Beyond its budget it is killed. */
  cellNearlyFull(cell: TenantCell): void {
    const memory = { rssMb: Math.round(cell.rssMb), budgetMb: Math.round(cell.budgetMb) };
    this.#write('warn', 'cell-nearly-full', { ...cellFacts(cell), ...memory });
  }

  cellEnded(cell: TenantCell, end: TenantCellEnd): void {
    const { kind, outcome, reason, limitValue, measured } = end;
    const facts = { ...cellFacts(cell), kind, outcome, reason, limitValue, measured };
    this.#write(kind === 'crashed' ? 'error' : 'info', 'cell-ended', facts);
  }

  /** Its calls end at their time limits instead of at once. */
  cellDownUnannounced(cell: string, reason: string): void {
    this.#write('warn', 'cell-down-unannounced', { cell, reason });
  }

  /** The calls were answered; nobody can prove where they ran. */
  receiptsLost(calls: number, reason: string): void {
    this.#write('warn', 'receipts-lost', { calls, reason });
  }

  versionLoaded(cell: TenantCell, version: FunctionVersion, loadMs: number): void {
    this.#write('info', 'version-loaded', { ...cellFacts(cell), ...versionFacts(version), loadMs });
  }

  versionRefused(cell: TenantCell, version: FunctionVersion, outcome: string, message: string): void {
    this.#write('warn', 'version-refused', { ...cellFacts(cell), ...versionFacts(version), outcome, message });
  }

  versionEvicted(cell: TenantCell, version: FunctionVersion, reason: 'idle' | 'undeployed' | 'heavy' | 'memory'): void {
    this.#write('info', 'version-evicted', { ...cellFacts(cell), ...versionFacts(version), reason });
  }

  /** A secret was changed; calls from now on run with the new value. */
  secretsRenewed(cell: TenantCell, version: FunctionVersion): void {
    this.#write('info', 'secrets-renewed', { ...cellFacts(cell), ...versionFacts(version) });
  }

  /** Calls go on with the old values; it is tried again. */
  secretsNotRenewed(cell: TenantCell, version: FunctionVersion, reason: string): void {
    this.#write('warn', 'secrets-not-renewed', { ...cellFacts(cell), ...versionFacts(version), reason });
  }

  memoryFull(usedMb: number, limitMb: number): void {
    this.#write('warn', 'memory-full', { usedMb: Math.round(usedMb), limitMb });
  }

  /** Without room the node takes no placements; calls of versions that are loaded go on. */
  roomChanged(hasRoom: boolean): void {
    this.#write(hasRoom ? 'info' : 'warn', hasRoom ? 'placement-resumed' : 'placement-paused', {});
  }

  placementMalformed(zone: string, reason: string): void {
    this.#write('warn', 'placement-malformed', { zone, reason });
  }

  placementRefused(facts: Readonly<Record<'tenant' | 'function' | 'version' | 'outcome' | 'reason', string>>): void {
    this.#write('warn', 'placement-refused', facts);
  }

  signersChanged({ tenant, number, isRequired }: SignerList): void {
    this.#write('info', 'signers-changed', { tenant, number, isRequired });
  }

  /** Somebody has written to the lists of the tenant's signers who cannot sign; or the tenant was erased. */
  signersRefused(tenant: string, reason: string): void {
    this.#write('error', 'signers-refused', { tenant, reason });
  }

  tampered(where: string): void {
    this.#write('error', 'tampered', { where });
  }

  notKept(reason: string): void {
    this.#write('warn', 'cache-not-kept', { reason });
  }

  notCompiled(reason: string): void {
    this.#write('warn', 'code-cache-not-made', { reason });
  }

  /** Not foreseen: a defect of ours, or of a library. */
  askFailed(kind: string, reason: string): void {
    this.#write('error', 'ask-failed', { kind, reason });
  }

  recordInvalid(key: string, reason: string): void {
    this.#write('error', 'record-invalid', { key, reason });
  }

  notAnnounced(reason: string): void {
    this.#write('warn', 'node-not-announced', { reason });
  }

  #write(level: Level, event: string, facts: Readonly<Record<string, LogFact>>): void {
    this.#log({ level, event, ...facts });
  }
}

function cellFacts(cell: TenantCell): Record<string, LogFact> {
  const facts = { cell: cell.name, pid: cell.pid, zone: cell.zone, tenant: cell.tenant };
  return cell.lane === null ? facts : { ...facts, lane: cell.lane };
}

function versionFacts(version: FunctionVersion): Record<string, LogFact> {
  return { function: version.function, version: version.version };
}
