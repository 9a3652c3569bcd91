interface ProblemFacts {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly string[];
}

/** An error answer as RFC 9457 asks: `application/problem+json`. */
export function problem(facts: ProblemFacts, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...facts }), {
    status: facts.status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}
