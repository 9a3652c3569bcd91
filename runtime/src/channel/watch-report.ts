/** What a cell's watch thread reports to the supervisor. Apart from messages.ts, so that the thread loads nothing else. */

/** The pipe on which it reports, one byte at a time. */
export const WATCH_FD = 5;
/** Milliseconds between two ALIVE bytes. */
export const WATCH_INTERVAL_MS = 250;
export const WATCH_ALIVE = 0x61;
/** An entry into an isolate passed its time and cannot be cut. */
export const WATCH_OVERRUN = 0x6f;
