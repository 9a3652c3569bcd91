import type { FromCell } from '../../channel/messages.ts';

export type CellStats = Extract<FromCell, { type: 'stats' }>;

/** Calls in flight that one cell, which runs them one at a time, should not have for long. */
const TARGET_IN_FLIGHT = 32;
/** With so few, its calls could go to another cell of the tenant that has as few. */
const QUIET_IN_FLIGHT = TARGET_IN_FLIGHT / 4;
/** Reports (one a second) after which the cell itself has said that it has a call. */
const CLAIMED_AFTER_REPORTS = 2;
/** Part of its memory budget from which a cell counts as nearly full. */
const NEARLY_FULL = 0.8;

/** What a cell's reports, one a second, say of it over time. Hostile: the reports; no more than its tenant follows from them. */
export class CellReports {
  #inFlight = 0;
  #placedSince = 0;
  /** Reply subjects of the calls placed since each of the last reports, newest first. */
  #placed: string[][] = [[]];
  #busySeconds = 0;
  #quietSeconds = 0;
  #fullSeconds = 0;
  #isolatesMade = 0;
  #callsStarted = 0;
  /** By version, as the last report counted them: from zero again for a version that is loaded anew. */
  #callsOf = new Map<string, number>();

  /** Calls in flight by the last report, and those placed since. */
  get inFlight(): number {
    return this.#inFlight + this.#placedSince;
  }

  /** Reports in a row with more than TARGET_IN_FLIGHT calls. */
  get busySeconds(): number {
    return this.#busySeconds;
  }

  /** Reports in a row with QUIET_IN_FLIGHT calls or fewer. */
  get quietSeconds(): number {
    return this.#quietSeconds;
  }

  /** Reports in a row at which it held NEARLY_FULL of its memory budget. */
  get fullSeconds(): number {
    return this.#fullSeconds;
  }

  get isolatesMade(): number {
    return this.#isolatesMade;
  }

  /** Calls that the process has started, of whatever versions, as far as reports have said it. */
  get callsStarted(): number {
    return this.#callsStarted;
  }

  /** Reply subjects of the calls it was given of late, which it may not have been able to claim. */
  get unclaimed(): readonly string[] {
    return this.#placed.flat();
  }

  onPlaced(reply: string): void {
    this.#placedSince++;
    this.#placed[0]?.push(reply);
  }

  onStats(
    { inFlight, isolatesMade, versions }: CellStats,
    memory: { readonly rssMb: number; readonly budgetMb: number },
  ): void {
    this.#inFlight = inFlight;
    this.#isolatesMade = isolatesMade;
    this.#countCalls(versions);
    this.#placedSince = 0;
    this.#placed = [[], ...this.#placed.slice(0, CLAIMED_AFTER_REPORTS)];
    this.#busySeconds = inFlight > TARGET_IN_FLIGHT ? this.#busySeconds + 1 : 0;
    this.#quietSeconds = inFlight <= QUIET_IN_FLIGHT ? this.#quietSeconds + 1 : 0;
    this.#fullSeconds = memory.rssMb > memory.budgetMb * NEARLY_FULL ? this.#fullSeconds + 1 : 0;
  }

  #countCalls(versions: CellStats['versions']): void {
    const before = this.#callsOf;
    this.#callsOf = new Map(versions.map(({ version, calls }) => [version, calls]));
    for (const [version, calls] of this.#callsOf) {
      const counted = before.get(version) ?? 0;
      this.#callsStarted += calls < counted ? calls : calls - counted;
    }
  }
}
