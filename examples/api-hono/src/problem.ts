import type { Context } from 'hono';

/** One rule that the request breaks, and where: `#/lines/0/quantity` as in JSON Pointer. */
export interface Violation {
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemFacts {
  readonly status: 400 | 404 | 405 | 415 | 422;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly Violation[];
}

/** Answers with an error as RFC 9457 asks: `application/problem+json`. */
export function problem(c: Context, facts: ProblemFacts): Response {
  c.header('content-type', 'application/problem+json');
  return c.body(JSON.stringify({ type: 'about:blank', ...facts }), facts.status);
}
