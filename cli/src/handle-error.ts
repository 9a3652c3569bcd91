/**
 * The one place where an error becomes text and an exit code. On stderr: what failed and what to do. With `--json` in
 * addition, on stdout: the same as a problem object (RFC 9457), so that a script reads one document either way.
 */
import { errorClass, errorStatus, isSovfnError, type Problem, problemTypeUri, type SovfnError } from '@sovfn/protocol';
import { ApiError } from './api/api-error.ts';
import { EXIT, type ExitCode } from './command.ts';
import { Interruption } from './interruption.ts';
import type { Say } from './language.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { explainSystemError } from './system-error.ts';

interface Surroundings {
  readonly output: Output;
  readonly say: Say;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

export function handleError(thrown: unknown, { output, say, signal, json }: Surroundings): ExitCode {
  if (signal.aborted && signal.reason instanceof Interruption) return signal.reason.exitCode;
  const error = explainSystemError(thrown, say) ?? thrown;
  const problem = isSovfnError(error) ? describe(error) : describeUnexpected(error);
  const { red, dim, bold } = output.paintProgress;
  output.progress(`${red('✖')} ${bold(printable(problem.detail))} ${dim(`(${problem.code})`)}`);
  if (problem.hint !== null) output.progress(`  ${say('error.hint', { hint: printable(problem.hint) })}`);
  const stack = isSovfnError(error) ? problem.facts['stack'] : stackOf(error);
  if (typeof stack === 'string') output.progress(dim(printable(stack)));
  if (json) output.json(problem);
  return isSovfnError(error) && errorClass(error.code) === 'user' ? EXIT.user : EXIT.system;
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
