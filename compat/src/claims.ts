/**
 * What a package's documentation says it does, as claims that run inside an isolate. A file of `packages/` holds those of
 * one package, and is an entry file of a function at once.
 */

/** What was found, and what the documentation says. JSON values, so that they can leave the isolate. */
export interface Finding {
  readonly actual: unknown;
  readonly expected: unknown;
}

/** Claims by title: sentences that a user could check. */
export type Claims = Readonly<Record<string, () => Finding | Promise<Finding>>>;

export function is(actual: unknown, expected: unknown): Finding {
  return { actual, expected };
}

/** The handler that runs the claim that the query names, and answers what it found. */
export function checking(claims: Claims) {
  return {
    async fetch(request: Request): Promise<Response> {
      const title = new URL(request.url).searchParams.get('claim') ?? '';
      const claim = claims[title];
      if (claim === undefined) return new Response(`no claim "${title}"`, { status: 404 });
      return Response.json(await claim());
    },
  };
}
