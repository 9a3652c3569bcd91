/**
 * `sovfn/testing`, the side of the test: a thin client of the process that holds the test's platform (`host.ts`).
 * It runs on whatever Node and test runner the developer has, so it imports nothing but Node and what is as plain.
 * `types/testing.d.ts` says what each does.
 */
import { fileURLToPath } from 'node:url';
import type { DeliveryOptions, StartOptions, TestDelivery, TestFunction, TestRun } from '../../types/testing.d.ts';
import { makeBucket } from './bucket.ts';
import { HostProcess } from './host-process.ts';
import { makeKv } from './kv.ts';
import { fromBase64, toBase64, type WireMessage, type WireRun } from './messages.ts';

const JSON_TYPE = 'application/json';
/** Set on every answer of the platform. */
const INVOCATION_HEADER = 'sovfn-invocation';

const invocations = new WeakMap<TestRun, string | null>();
let host: HostProcess | null = null;
let running = 0;

export async function startFunction(
  folder: string | URL,
  { secrets = {}, vars = {} }: StartOptions = {},
): Promise<TestFunction> {
  host ??= HostProcess.start();
  const used = host;
  running++;
  try {
    const path = typeof folder === 'string' ? folder : fileURLToPath(folder);
    const deployed = await used.ask('deploy', { folder: path, secrets, vars });
    return testFunction(used, deployed);
  } catch (error) {
    await leave();
    throw error;
  }
}

async function leave(): Promise<void> {
  running--;
  if (running > 0 || host === null) return;
  const ending = host;
  host = null;
  await ending.stop();
}

function testFunction(
  used: HostProcess,
  { name: owner, url, hooksUrl }: { name: string; url: string; hooksUrl: string },
): TestFunction {
  let isStopped = false;
  const run = (wire: WireRun): TestRun => testRun(used, wire);
  return {
    name: owner,
    url,
    fetch: async (path = '/', init = {}) => fetch(addressOf(url, path), init),
    schedule: async (name, { at } = {}) => {
      return run(await used.ask('schedule', { owner, schedule: name, at: at === undefined ? null : timeText(at) }));
    },
    webhook: async (name, body, options = {}) => deliver(used, { owner, webhook: name, body, options }),
    webhookUrl: (name) => `${hooksUrl}${name}`,
    queue: async (binding, messages) =>
      (await used.ask('queue', { owner, binding, messages: messages.map(wireMessage) })).map(run),
    kv: (binding) => makeKv(used, owner, binding),
    bucket: (binding) => makeBucket(used, owner, binding),
    settled: async () => void (await used.ask('settle', { owner })),
    logs: async (of) => {
      const lines = await used.ask('logs', { owner, invocation: of === undefined ? null : invocationOf(of) });
      return lines.map((line) => ({ ...line, time: new Date(line.time) }));
    },
    stop: async () => {
      if (isStopped) return;
      isStopped = true;
      await leave();
    },
  };
}

function addressOf(url: string, path: string): string {
  if (!path.startsWith('/')) throw new TypeError(`The path "${path}" must begin with a slash.`);
  return url.slice(0, -1) + path;
}

/** Schedules know seconds. */
function timeText(at: Date | string): string {
  return typeof at === 'string' ? at : at.toISOString().replace(/\.\d+Z$/, 'Z');
}

async function deliver(
  used: HostProcess,
  of: { owner: string; webhook: string; body: unknown; options: DeliveryOptions },
): Promise<TestDelivery> {
  const { owner, webhook, body, options } = of;
  const { id = null, type = null, contentType = JSON_TYPE } = options;
  const bytes = bytesOf(body).body;
  const { run, ...facts } = await used.ask('webhook', { owner, webhook, body: bytes, contentType, id, type });
  return { ...facts, run: run === null ? null : testRun(used, run) };
}

function testRun(used: HostProcess, wire: WireRun): TestRun {
  const { response, invocation, ...facts } = wire;
  const run: TestRun = {
    ...facts,
    response: response === null ? null : responseOf(response),
    refresh: async () => testRun(used, await used.ask('run', { event: wire.event })),
  };
  invocations.set(run, invocation);
  return run;
}

function responseOf({ status, headers, body }: NonNullable<WireRun['response']>): Response {
  const pairs: [string, string][] = [];
  for (let at = 0; at < headers.length; at += 2) pairs.push([headers[at]!, headers[at + 1]!]);
  const bytes = fromBase64(body);
  return new Response(bytes.length === 0 ? null : bytes, { status, headers: pairs });
}

function invocationOf(of: Response | TestRun): string {
  const id = of instanceof Response ? of.headers.get(INVOCATION_HEADER) : (invocations.get(of) ?? null);
  if (id === null) throw new TypeError('No call of a function has led to this: it has no invocation.');
  return id;
}

/** As `send` of a queue binding writes it. */
function wireMessage(message: unknown): WireMessage {
  return bytesOf(message);
}

function bytesOf(value: unknown): WireMessage {
  if (typeof value === 'string') return { contentType: 'text', body: toBase64(Buffer.from(value)) };
  if (value instanceof ArrayBuffer) return { contentType: 'bytes', body: toBase64(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { contentType: 'bytes', body: toBase64(new Uint8Array(buffer, byteOffset, byteLength)) };
  }
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('The value cannot be written as JSON.');
  return { contentType: 'json', body: toBase64(Buffer.from(text)) };
}
