/**
 * The processor time of one cell beside everything else on the machine: calls that take little go first.
 *
 * Guarantees, where the kernel schedules sessions as groups (Linux with autogroup): a cell is one group however many threads
 * work for it, and while it spends its time on few long calls it gets a tenth of the weight of others, so that only what
 * they leave is its own. Does not guarantee anything elsewhere, nor under a cpu controller of cgroups: there the operator's
 * weights count. Hostile: what the cell says of its calls, from which no more follows than its own weight.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** The unit of times in /proc (sysconf `_SC_CLK_TCK`): 100 a second for every program outside the kernel. */
const TICK_MS = 10;
/** Of one processor: who takes less is in nobody's way. */
const BUSY = 0.3;
/** CPU for each call. A hello takes 0.04, a page that is rendered 0.4. Milliseconds. */
const LONG_CALL_MS = 5;
/** Looks in a row; a cell whose calls were long will have more of them. */
const LIGHT_LOOKS = 3;
/** As `nice` counts. */
const BEHIND = 10;
const EQUAL = 0;

export class ProcessorShare {
  readonly #pid: number;
  /** By which the weight is written; null: there is none. */
  #group: number | null;
  #usedMs = 0;
  #calls = 0;
  #lookedAt = -Infinity;
  #lightLooks = 0;
  #isBehind = false;

  /** To be made as soon as the process is: once it is locked (PR_SET_DUMPABLE), root alone may open what belongs to it. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#group = openGroup(pid);
  }

  /** The process is gone. */
  close(): void {
    if (this.#group !== null) closeSync(this.#group);
    this.#group = null;
  }

  /** To be called about once a second. `now`: of a clock that does not step, in milliseconds. `calls`: started since ever. */
  look(now: number, calls: number): void {
    const group = this.#group;
    const usedMs = group === null ? null : readUsedMs(this.#pid);
    if (group === null || usedMs === null) return;
    const used = usedMs - this.#usedMs;
    const isHeavy = used >= BUSY * (now - this.#lookedAt) && used >= LONG_CALL_MS * (calls - this.#calls);
    [this.#usedMs, this.#calls, this.#lookedAt] = [usedMs, calls, now];
    this.#lightLooks = isHeavy ? 0 : this.#lightLooks + 1;
    if (isHeavy && !this.#isBehind) this.#isBehind = weigh(group, BEHIND);
    else if (this.#isBehind && this.#lightLooks >= LIGHT_LOOKS) this.#isBehind = !weigh(group, EQUAL);
  }
}

/** User and system time of all its threads (proc_pid_stat(5), fields 14 and 15), or null when it is gone. */
function readUsedMs(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may have spaces and brackets of its own.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    // ENOENT or ESRCH: the process has ended, which its owner hears of by its exit event.
    return null;
  }
}

/** See sched(7), "The autogroup feature". Null where the kernel has no such groups, or the process is gone. */
function openGroup(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/autogroup`, 'r+');
  } catch {
    return null;
  }
}

/** False when the process is gone. */
function weigh(group: number, nice: number): boolean {
  try {
    writeSync(group, String(nice));
    return true;
  } catch {
    // Also EAGAIN: the kernel takes ten changes a second from all that are not root. The next look tries again.
    return false;
  }
}
