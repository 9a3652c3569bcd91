/**
 * The one place where an error becomes text and an exit code. On stderr: what failed and what to do. With `--json` in
 * addition, on stdout: the same as a problem object (RFC 9457), so that a script reads one document either way.
 */
import type { Problem, SovfnError } from '@sovfn/protocol';
import { errorClass, errorStatus, isSovfnError } from '@sovfn/protocol/errors';
import { problemTypeUri } from '@sovfn/protocol/problem';
import { ApiError } from './api/api-error.ts';
import { EXIT, type ExitCode } from './command.ts';
import { Interruption } from './interruption.ts';
import { readMeaning } from './explain/error-meanings.ts';
import type { Language, Say } from './language.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { explainSystemError } from './system-error.ts';
import { besideMark } from './table.ts';
import { TranslatedError } from './translated-error.ts';

interface Surroundings {
  readonly output: Output;
  readonly say: Say;
  readonly locale: Language;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

export async function handleError(thrown: unknown, surroundings: Surroundings): Promise<ExitCode> {
  const { output, say, signal, json } = surroundings;
  if (signal.aborted && signal.reason instanceof Interruption) return signal.reason.exitCode;
  const error = explainSystemError(thrown, say) ?? thrown;
  const problem = isSovfnError(error) ? describe(error) : describeUnexpected(error);
  await show(problem, error instanceof TranslatedError, surroundings);
  const stack = isSovfnError(error) ? problem.facts['stack'] : stackOf(error);
  if (typeof stack === 'string') output.progress(output.paintProgress.dim(printable(stack)));
  if (json) output.json(problem);
  return isSovfnError(error) && errorClass(error.code) === 'user' ? EXIT.user : EXIT.system;
}

/**
 * What the platform, or a build, has said is in English: elsewhere it stands below what its code means, which the catalogue has in the
 * user's language.
 */
async function show(problem: Problem, isTranslated: boolean, { output, say, locale }: Surroundings): Promise<void> {
  const { red, dim, bold } = output.paintProgress;
  const { code, detail, hint } = problem;
  const meaning = isTranslated || locale === 'en' ? null : await readMeaning(code, locale);
  const fit = (text: string, taken: number): string => besideMark(printable(text), output.progressWidth, taken);
  const shownCode = `(${code})`;
  output.progress(`${red('✖')} ${bold(fit(meaning?.what ?? detail, shownCode.length + 1))} ${dim(shownCode)}`);
  if (meaning !== null) {
    const reason = hint === null ? detail : `${detail.replace(/\.$/, '')}. ${hint}`;
    output.progress(`  ${fit(say('error.reason', { reason }), 0)}`);
  }
  const next = meaning === null ? hint : meaning.more;
  if (next !== null) output.progress(`  ${fit(say('error.hint', { hint: next }), 0)}`);
}

function describe(error: SovfnError): Problem {
  if (error instanceof ApiError) return error.problem;
  return makeProblem({ code: error.code, detail: error.message, hint: error.hint, facts: { ...error.facts } });
}

/** An error without a code is a fault of ours: its stack is shown, since nobody could do anything without it. */
function describeUnexpected(error: unknown): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  return makeProblem({ code: 'internal-error', detail, hint: null, facts: {} });
}

function makeProblem(known: Pick<Problem, 'detail' | 'hint' | 'facts'> & { code: SovfnError['code'] }): Problem {
  const nothing = { invocation: null, outcome: null, limit: null, limitValue: null, measured: null };
  const { code } = known;
  return { type: problemTypeUri(code), title: code, status: errorStatus(code), ...nothing, ...known };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : '';
}
