import type { Bench } from '../bench.ts';
import type { Load, LoadResult } from '../load/load-generator.ts';

/** Something that answers `hello`, ready to be measured. */
export interface Contender extends AsyncDisposable {
  readonly name: ContenderName;
  /** Where it answers. Null: it does not speak HTTP. */
  readonly url: string | null;
  readonly measure: (load: Load) => Promise<LoadResult>;
}

export const CONTENDERS = ['sovfn', 'workerd', 'deno', 'bun', 'koa', 'node-http', 'http-proxy', 'nats'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** What each of them is, as tables show it. */
export const CONTENDER_TITLES: Readonly<Record<ContenderName, string>> = {
  sovfn: 'sovfn: HTTP → NATS → isolate',
  workerd: 'workerd: one process, no bus',
  deno: 'Deno alone',
  bun: 'Bun alone',
  koa: 'Koa alone',
  'node-http': 'Node http alone',
  'http-proxy': 'HTTP proxy before Node http',
  nats: 'NATS round trip, no HTTP',
};

const ANSWER_MS = 10_000;

/** A contender that speaks HTTP. Owns `server`. Throws when it does not answer `hello` with status 200. */
export async function makeHttpContender(
  name: ContenderName,
  url: string,
  server: AsyncDisposable,
  { load }: Bench,
): Promise<Contender> {
  const contender: Contender = {
    name,
    url,
    measure: async (howHard) => load.run(url, howHard),
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
  try {
    await assertSaysHello(name, url);
  } catch (error) {
    await contender[Symbol.asyncDispose]();
    throw error;
  }
  return contender;
}

async function assertSaysHello(name: ContenderName, url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await response.text();
  if (response.status === 200 && text === 'hello') return;
  throw new Error(`${name} answers ${url} with status ${response.status} and "${text.slice(0, 500)}", not with hello`);
}
