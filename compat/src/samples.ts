/**
 * Code that uses built-ins of Node, run by Node itself and in an isolate: both must give the same. A file of `builtins/`
 * holds samples of one built-in, and is an entry file of a function at once.
 */

/** JSON values by title. What is thrown counts as its name and its code. */
export type Samples = Readonly<Record<string, () => unknown>>;

export async function runSample(samples: Samples, title: string): Promise<string> {
  const sample = samples[title];
  if (sample === undefined) throw new Error(`no sample "${title}"`);
  try {
    return JSON.stringify({ value: await sample() });
  } catch (error) {
    const { name, code } = error as { readonly name?: string; readonly code?: string };
    return JSON.stringify({ thrown: name, code });
  }
}

/** The handler that runs the sample that the query names. */
export function sampling(samples: Samples) {
  return {
    async fetch(request: Request): Promise<Response> {
      return new Response(await runSample(samples, new URL(request.url).searchParams.get('sample') ?? ''));
    },
  };
}
