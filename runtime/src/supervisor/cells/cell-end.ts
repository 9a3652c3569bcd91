import type { CellDown } from '@sovfn/protocol';

/** Why a cell is being ended against its will; the first cause is the one that counts. */
export interface EndCause extends Pick<CellDown, 'outcome' | 'limitValue' | 'measured'> {
  /** For the log. */
  readonly reason: string;
}

export interface CellEnd extends EndCause {
  /** It exited with code 0 and nobody had to kill it. */
  readonly isOrderly: boolean;
}

export function endOf(cause: EndCause | null, code: number | null, signal: NodeJS.Signals | null): CellEnd {
  if (cause !== null) return { ...cause, isOrderly: false };
  const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return { outcome: 'cell-lost', limitValue: null, measured: null, reason, isOrderly: code === 0 };
}

export function lost(reason: string): EndCause {
  return { outcome: 'cell-lost', limitValue: null, measured: null, reason };
}
