/**
 * `npm start`: brings the platform up, deploys the examples, calls each with the input that is shipped with it, and says
 * where the outputs are. It stays up until Ctrl-C; with `--once` it stops the platform when everything was called.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  askCall,
  type CheckedAnswer,
  type Example,
  readExamples,
  sendDelivery,
  setMissingSecrets,
  type ShippedCall,
  type ShippedRun,
} from '@sovfn-examples/shipped-calls';
import { readJson, ROOT, run, toolEnvironment } from './run.ts';

const DATA = join(ROOT, '.sovfn');
const CALL_MS = 30_000;
/** From the acceptance of a run to its end. Milliseconds. */
const RUN_MS = 30_000;
const LOOK_MS = 250;

const isOnce = process.argv.includes('--once');
const platform = spawn(join(ROOT, 'node_modules/.bin/sovfn'), ['up', '--data', DATA], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: toolEnvironment(),
});
const ended = once(platform, 'exit') as Promise<[number | null]>;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => platform.kill(signal));

if (await becomesReady()) {
  const isGood = await showExamples();
  if (!isGood) process.exitCode = 1;
  if (isOnce || !isGood) platform.kill('SIGTERM');
  else process.stdout.write('\nThe platform stays up. Ctrl-C stops it.\n');
}
const [code] = await ended;
process.exitCode ??= code ?? 1;

/** `up` prints its addresses on stdout when every part is ready, and ends when one cannot be started. */
async function becomesReady(): Promise<boolean> {
  const ready = new Promise<boolean>((resolve) => {
    platform.stdout.on('data', (text: Buffer) => {
      process.stdout.write(text);
      resolve(true);
    });
  });
  return Promise.race([ready, ended.then(() => false)]);
}

async function showExamples(): Promise<boolean> {
  const examples = await readExamples();
  const platform = await currentPlatform();
  process.stdout.write('\n');
  for (const example of examples) {
    if ((await run('sovfn', ['deploy', example.folder])) !== 0) return false;
    await setMissingSecrets(platform.control, example);
  }
  let failures = 0;
  for (const example of examples) failures += await showExample(example, platform);
  process.stdout.write('\nOutputs in the object store (sovfn outputs get <invocation>):\n');
  for (const { name } of examples) {
    process.stdout.write(`\n${name}\n`);
    await run('sovfn', ['outputs', 'list', name, '--limit', '3']);
  }
  return failures === 0;
}

async function showExample(example: Example, platform: CurrentPlatform): Promise<number> {
  process.stdout.write(`\n${example.name}\n`);
  let failures = 0;
  for (const call of example.calls) failures += await showCall(example, call, platform);
  for (const delivery of example.deliveries) {
    const subject = `webhook ${delivery.webhook}`;
    failures += await show({ subject, title: delivery.title }, () => sendDelivery(platform.control, example, delivery));
    for (const call of delivery.then) failures += await showCall(example, call, platform);
  }
  for (const shipped of example.runs) failures += await showRun(example, shipped, platform);
  return failures;
}

/** Runs a schedule by hand, waits for the end of its event, and makes the calls that show what it has left behind. */
async function showRun(
  example: Example,
  { title, schedule, at, then }: ShippedRun,
  platform: CurrentPlatform,
): Promise<number> {
  const asked = await readJson('sovfn', ['schedules', 'run', example.name, schedule, '--at', at, '--json']);
  const { event } = asked as { event: string };
  const state = await endOf(event);
  const mark = state === 'succeeded' ? '✔' : '✘';
  process.stdout.write(`  ${mark} schedule ${schedule} at ${at}  ${title}\n      event ${event} ${state}\n`);
  let failures = state === 'succeeded' ? 0 : 1;
  for (const call of then) failures += await showCall(example, call, platform);
  return failures;
}

/** The state in which the event has ended, or the one that it has when the wait is over. */
async function endOf(event: string): Promise<string> {
  const until = performance.now() + RUN_MS;
  for (;;) {
    const { state } = (await readJson('sovfn', ['events', 'show', event, '--json'])) as { state: string };
    const isOver = !['pending', 'running', 'waiting'].includes(state);
    if (isOver || performance.now() > until) return state;
    await delay(LOOK_MS);
  }
}

function showCall(example: Example, call: ShippedCall, { publicUrl }: CurrentPlatform): Promise<number> {
  const send = (request: Request): Promise<Response> => fetch(request, { signal: AbortSignal.timeout(CALL_MS) });
  const base = `${publicUrl}/fn/${example.name}`;
  const subject = `${call.method} ${call.path}`;
  return show({ subject, title: call.title }, () => askCall(example, call, { base, send }));
}

/** Returns 1 for an answer that is not as it must be, else 0. */
async function show(
  { subject, title }: { readonly subject: string; readonly title: string },
  ask: () => Promise<CheckedAnswer>,
): Promise<number> {
  const startedAt = performance.now();
  const { status, contentType, body, unmet } = await ask();
  const took = Math.round(performance.now() - startedAt);
  const facts = `${status} ${contentType}, ${body.length} bytes, ${took} ms`;
  process.stdout.write(`  ${unmet.length === 0 ? '✔' : '✘'} ${subject}  ${title}\n      ${facts}\n`);
  for (const line of unmet) process.stdout.write(`      ${line}\n`);
  return unmet.length === 0 ? 0 : 1;
}

interface CurrentPlatform {
  readonly publicUrl: string;
  /** Sends a request to the control API. */
  readonly control: (path: string, init?: RequestInit) => Promise<Response>;
}

async function currentPlatform(): Promise<CurrentPlatform> {
  const { readCurrentPlatform } = await import('sovfn/platform');
  const current = await readCurrentPlatform();
  if (current === null) throw new Error('the platform is up but has not recorded itself as the current one');
  const { url, token, publicUrl } = current;
  const control = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(new URL(path, url), { ...init, headers });
  };
  return { publicUrl, control };
}
