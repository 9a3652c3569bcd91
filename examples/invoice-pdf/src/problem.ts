/** One rule that the order breaks, and where: `#/lines/0/quantity` as in JSON Pointer. */
export interface Violation {
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemFacts {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly Violation[];
}

/** An error answer as RFC 9457 asks: `application/problem+json`. */
export function problem(facts: ProblemFacts, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...facts }), {
    status: facts.status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}
