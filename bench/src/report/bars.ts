/** What was to be reached, and what was: a bar that must not be missed, and an aim beyond it. */
import type { Table } from './table.ts';

export interface Bar {
  readonly measure: string;
  /** As the table shows them, with what they are compared by. */
  readonly bar: string;
  readonly aim: string;
  readonly reached: string;
  readonly verdict: 'aim reached' | 'bar reached' | 'missed' | 'not measured';
}

interface Goal {
  readonly bar: number;
  readonly aim: number;
  readonly show: (value: number) => string;
}

export function atLeast(measure: string, goal: Goal, value: number | null): Bar {
  return judge(measure, goal, { sign: '≥', value, reaches: (mark) => value !== null && value >= mark });
}

export function atMost(measure: string, goal: Goal, value: number | null): Bar {
  return judge(measure, goal, { sign: '≤', value, reaches: (mark) => value !== null && value <= mark });
}

export function barsTable(bars: readonly Bar[]): Table {
  return {
    title: 'Bars and aims',
    columns: ['', 'bar', 'aim', 'measured', ''],
    rows: bars.map(({ measure, bar, aim, reached, verdict }) => [measure, bar, aim, reached, verdict]),
    notes: [],
  };
}

interface Reached {
  readonly sign: '≥' | '≤';
  readonly value: number | null;
  readonly reaches: (mark: number) => boolean;
}

function judge(measure: string, { bar, aim, show }: Goal, { sign, value, reaches }: Reached): Bar {
  const shown = { measure, bar: `${sign} ${show(bar)}`, aim: `${sign} ${show(aim)}` };
  if (value === null) return { ...shown, reached: '–', verdict: 'not measured' };
  const verdict = reaches(aim) ? 'aim reached' : reaches(bar) ? 'bar reached' : 'missed';
  return { ...shown, reached: show(value), verdict };
}
