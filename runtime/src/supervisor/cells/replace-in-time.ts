import type { TenantCell } from './tenant-cell.ts';

/** Part of a credential's life after which the cell is replaced; the rest is for finishing its calls. */
const REPLACE_AT = 0.8;
/** Part of it after which a replacement that failed is tried again. */
const RETRY_AFTER = 0.02;
/** Timers wait no longer than this; a credential that lives longer is replaced early. Milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SHORTEST_TIMER_MS = 1_000;

/** Has another cell made before the credential expires, again and again until there is one; then this one finishes its calls. */
export function replaceInTime(cell: TenantCell, expiresAt: Date, makeOther: () => Promise<TenantCell | null>): void {
  const lifeMs = Math.max(0, expiresAt.getTime() - Date.now());
  const after = (part: number): NodeJS.Timeout => {
    const waitMs = Math.min(Math.max(lifeMs * part, SHORTEST_TIMER_MS), LONGEST_TIMER_MS);
    return setTimeout(() => void replace(), waitMs);
  };
  const replace = async (): Promise<void> => {
    if (!cell.isServing) return;
    const other = await makeOther();
    if (other !== null) return cell.drain(Math.max(0, expiresAt.getTime() - Date.now()));
    timer = after(RETRY_AFTER);
  };
  let timer = after(REPLACE_AT);
  void cell.ended.then(() => clearTimeout(timer));
}
