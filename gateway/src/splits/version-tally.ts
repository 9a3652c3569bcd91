import type { AnswerFrame } from '@sovfn/protocol';

/** Each bucket reaches this much further than the one before: so far off is a quantile at most. */
const STEP = 1.1;
const SHORTEST_US = 100;
const BUCKETS = 180;

/** What became of the calls of one version, as one gateway saw them. */
export class VersionTally {
  #calls = 0;
  #errors = 0;
  #timed = 0;
  /** Of calls that were answered by an isolate that was there already, by their time in the function. */
  readonly #times = new Uint32Array(BUCKETS);

  get calls(): number {
    return this.#calls;
  }

  /** Calls that failed, or were answered with a status from 500 on. */
  get errors(): number {
    return this.#errors;
  }

  /** Calls whose time counts. */
  get timed(): number {
    return this.#timed;
  }

  begin(): TalliedCall {
    return new TalliedCall(this);
  }

  count(isError: boolean, wallUs: number | null): void {
    this.#calls++;
    if (isError) this.#errors++;
    if (wallUs === null) return;
    this.#timed++;
    this.#times[bucketOf(wallUs)]!++;
  }

  /** Milliseconds within which 95 of 100 calls were answered; 0 without any. */
  get p95Ms(): number {
    let left = Math.ceil(this.#timed * 0.95);
    const bucket = this.#times.findIndex((count) => (left -= count) <= 0);
    return this.#timed === 0 ? 0 : (SHORTEST_US * STEP ** bucket) / 1_000;
  }
}

const SERVER_ERROR = 500;

/** One call on its way into a tally: it counts once, however it ends, and not at all when its caller goes away. */
export class TalliedCall {
  readonly #tally: VersionTally;
  #status = 0;
  #wallUs: number | null = null;
  #isOver = false;

  constructor(tally: VersionTally) {
    this.#tally = tally;
  }

  answered({ status, wallUs, cold, complete }: AnswerFrame): void {
    this.#status = status;
    this.#wallUs = cold ? null : wallUs;
    if (complete) this.ended();
  }

  ended(): void {
    this.#count(this.#status >= SERVER_ERROR);
  }

  failed(): void {
    this.#count(true);
  }

  #count(isError: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tally.count(isError, this.#wallUs);
  }
}

function bucketOf(wallUs: number): number {
  if (wallUs <= SHORTEST_US) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(wallUs / SHORTEST_US) / Math.log(STEP)));
}
