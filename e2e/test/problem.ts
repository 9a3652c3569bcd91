import { type Problem, PROBLEM_TYPE, problemSchema } from '@sovfn/protocol';
import { expect } from 'vitest';

/** The problem document of an answer; fails when the answer is none. */
export async function readProblem(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe(PROBLEM_TYPE);
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}
