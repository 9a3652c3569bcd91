/**
 * The prelude's code cache. V8 compiles a function when it is first called, and a code cache holds what was compiled when
 * it was made: so the prelude answers a few calls here first, and what they needed no isolate compiles again.
 *
 * The prelude runs in a vm context of this process, which is no wall: never a function's text.
 */
import { setImmediate } from 'node:timers/promises';
import { constants, createContext, Script } from 'node:vm';
import { type GuestEntries, OPERATION_NAMES, PRELUDE_FILENAME } from '../bridge/contract.ts';
import { SmallAnswers } from '../cell/isolate/small-answers.ts';

type Operation = (...args: unknown[]) => unknown;
type Connect = (...given: [...Operation[], memory: SharedArrayBuffer]) => GuestEntries;

/** What most functions do at their first call. More than that would be memory of every isolate. */
const FUNCTION = `(async () => ({ default: { async fetch(request, env, ctx) {
  const type = request.headers.get('content-type');
  return request.method === 'GET' ? new Response('hello', { headers: { 'x-type': String(type) } })
    : Response.json({ got: await request.json() }, { status: 201 });
} } }))()`;
const REQUESTS = [
  ['GET', 'accept\n*/*\n', undefined],
  ['POST', 'content-type\napplication/json\n', '{"a":1}'],
] as const;

/** The code cache of the prelude, as the isolates of cells take it. Throws when the prelude does not answer the calls. */
export async function rehearse(prelude: string): Promise<Buffer> {
  const context = createContext(constants.DONT_CONTEXTIFY);
  const script = new Script(prelude, { filename: PRELUDE_FILENAME });
  const connect = script.runInContext(context) as Connect;
  const statuses: unknown[] = [];
  const answers = new SmallAnswers();
  const operations = { respond: (_call: unknown, status: unknown) => void statuses.push(status) };
  const entries = connect(...OPERATION_NAMES.map((name) => operationOf(operations, name)), answers.memory);
  entries.begin(Date.now(), false, 0, undefined);
  entries.install(Date.now(), new Script(FUNCTION).runInContext(context) as Promise<unknown>, '{"vars":{"NAME":"x"}}');
  await setImmediate();
  for (const [index, [method, headers, text]] of REQUESTS.entries()) {
    const body = text === undefined ? undefined : new TextEncoder().encode(text).buffer;
    entries.dispatch(Date.now(), index + 1, `${method}\nhttps://localhost/path\n${headers}`, body);
    await setImmediate();
    answers.take(operations);
  }
  if (statuses.join() !== '200,201') throw new Error(`the prelude answered ${statuses.join() || 'nothing'}`);
  return script.createCachedData();
}

function operationOf(known: Readonly<Record<string, Operation>>, name: string): Operation {
  return known[name] ?? (() => undefined);
}
