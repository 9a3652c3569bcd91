/** What is wrong in the developer's files, shown the way compilers do: position, text, the line with a mark below. */
import type { ErrorCode, ErrorFacts } from '@sovfn/protocol';
import { SovfnError } from '@sovfn/protocol/errors';

export interface SourcePosition {
  /** Relative to the function's folder. */
  readonly file: string;
  /** Both from 1; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** Null: not to be shown. */
  readonly lineText: string | null;
  /** UTF-16 units to mark, at least 1. */
  readonly length: number;
}

export interface Problem {
  readonly position: SourcePosition | null;
  /** What is wrong: the value, the rule or limit. */
  readonly text: string;
  /** Further facts, a line each. */
  readonly notes: readonly string[];
  /** What to do. */
  readonly hint: string | null;
}

const SHOWN_PROBLEMS = 10;
const SHOWN_HINTS = 3;

/** Lines of minified files are long: so much of one is shown around the position. UTF-16 units. */
const FRAME_WIDTH = 120;
const FRAME_BEFORE = 60;

/**
 * One error of all problems, in the order of their positions: the first ten are in its message.
 * `hint`: what to do when the problems do not say it.
 */
export function problemsError(
  code: ErrorCode,
  problems: readonly Problem[],
  options: { hint?: string; facts?: ErrorFacts } = {},
): SovfnError {
  const shown = problems.toSorted(byPosition).slice(0, SHOWN_PROBLEMS);
  const more = problems.length - shown.length;
  const texts = shown.map(describeProblem);
  if (more > 0) texts.push(`… and ${more} more`);
  const hints = new Set(shown.flatMap((problem) => problem.hint ?? []));
  const hint = hints.size > 0 ? [...hints].slice(0, SHOWN_HINTS).join(' ') : options.hint;
  const positions = shown.flatMap((problem) => describePosition(problem.position));
  return new SovfnError(code, texts.join('\n'), {
    ...(hint !== undefined && { hint }),
    facts: { problems: problems.length, positions, ...options.facts },
  });
}

/** By file (in the order of their names, which no locale changes), line and column; those without a position first. */
function byPosition({ position: a }: Problem, { position: b }: Problem): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** Problem in one line, for warnings. */
export function summarizeProblem(problem: Problem): string {
  return [...describePosition(problem.position), problem.text].join(': ');
}

function describeProblem(problem: Problem): string {
  const { position } = problem;
  const frame = position === null || position.lineText === null ? [] : codeFrame(position, position.lineText);
  return [summarizeProblem(problem), ...frame, ...problem.notes.map((note) => `  ${note}`)].join('\n');
}

function describePosition(position: SourcePosition | null): string[] {
  return position === null ? [] : [`${position.file}:${position.line}:${position.column}`];
}

function codeFrame(position: SourcePosition, lineText: string): string[] {
  const start = position.column - 1;
  const from = lineText.length <= FRAME_WIDTH ? 0 : Math.max(0, start - FRAME_BEFORE);
  const shown = lineText.slice(from, from + FRAME_WIDTH).replaceAll('\t', ' ');
  const marked = Math.max(1, Math.min(position.length, shown.length - (start - from)));
  const margin = String(position.line);
  return [
    `  ${margin} | ${shown}`,
    `  ${' '.repeat(margin.length)} | ${' '.repeat(start - from)}${'^'.repeat(marked)}`,
  ];
}
