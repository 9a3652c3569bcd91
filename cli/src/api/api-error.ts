import type { Problem } from '@sovfn/protocol';
import { isErrorCode, SovfnError } from '@sovfn/protocol/errors';

/** The platform refused a request, or a call failed: its problem document, as an error. */
export class ApiError extends SovfnError {
  override name = 'ApiError';
  readonly problem: Problem;

  /** A code that this version does not know (a newer platform) counts as an error of the platform. */
  constructor(problem: Problem) {
    const code = isErrorCode(problem.code) ? problem.code : 'internal-error';
    super(code, problem.detail, problem.hint === null ? {} : { hint: problem.hint });
    this.problem = problem;
  }
}
