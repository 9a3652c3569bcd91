import { NO_DEADLINE, type Timed } from '@sovfn/bus/wire';

/** One request whose answer is not out yet, as the edge sees it. */
export abstract class Exchange implements Timed {
  deadlineSlot = NO_DEADLINE;
  /** For the edge alone. */
  isOpen = false;
  /** What the edge calls at the end; null: nothing. */
  leave: (() => void) | null = null;

  abstract begin(): void;
  /** Looks whether the client still moves. Returns when to look again, or null when nothing is expected of it. */
  abstract onClientDue(now: number): number | null;
}
