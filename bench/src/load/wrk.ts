/** wrk: one thread, which is enough for all that is measured here, and leaves the other processors to the servers. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { runProgram } from '../processes/run-program.ts';
import type { Load, LoadGenerator, LoadResult } from './load-generator.ts';

const THREADS = 1;
const VERSION_MS = 5_000;
/** For starting, and for the last answers. Milliseconds. */
const GRACE_MS = 20_000;
const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** Null when wrk is not on the PATH. */
export function findWrk(): LoadGenerator | null {
  // It ends with 1 when it is only asked for its version.
  const { stdout, error } = spawnSync('wrk', ['--version'], { encoding: 'utf8', timeout: VERSION_MS });
  if (error !== undefined) return null;
  const version = /^wrk (\S+)/.exec(stdout)?.[1] ?? 'of an unknown version';
  return { name: `wrk ${version}`, run: runWrk };
}

async function runWrk(url: string, { connections, seconds, signal, body }: Load): Promise<LoadResult> {
  await using folder = await makeTemporaryFolder('wrk');
  const args = ['--latency', `-t${THREADS}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  if (body !== undefined) args.push('-s', await writeScript(folder.path, body));
  args.push(url);
  return parseWrkReport(await runProgram('wrk', args, { limitMs: seconds * 1_000 + GRACE_MS, signal }));
}

/** What makes wrk send a body, which it has no option for. Returns the script's path. */
async function writeScript(folder: string, body: string): Promise<string> {
  const [script, file] = [join(folder, 'post.lua'), join(folder, 'body.json')];
  await writeFile(file, body);
  const lines = [
    'wrk.method = "POST"',
    'wrk.headers["content-type"] = "application/json"',
    `wrk.body = io.open(${JSON.stringify(file)}, "rb"):read("*a")`,
  ];
  await writeFile(script, `${lines.join('\n')}\n`);
  return script;
}

/** Reads what `wrk --latency` prints. Throws when a figure is missing. */
export function parseWrkReport(report: string): LoadResult {
  return {
    requestsPerSecond: Number(find(report, /Requests\/sec:\s+([\d.]+)/, 'requests/s')),
    p50Ms: latency(report, '50%'),
    p99Ms: latency(report, '99%'),
    failures: unwantedAnswers(report) + socketErrors(report),
  };
}

function latency(report: string, name: string): number {
  const text = find(report, new RegExp(`^\\s+${name}\\s+(\\S+)`, 'm'), `latency at ${name}`);
  const [, value, unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  const factor = UNIT_MS[unit];
  if (value === undefined || factor === undefined) throw new Error(`wrk reports the latency "${text}" at ${name}`);
  return Number(value) * factor;
}

function unwantedAnswers(report: string): number {
  return Number(/Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? 0);
}

function socketErrors(report: string): number {
  const counts = /Socket errors: (.*)/.exec(report)?.[1] ?? '';
  return [...counts.matchAll(/\d+/g)].reduce((sum, [count]) => sum + Number(count), 0);
}

function find(report: string, pattern: RegExp, what: string): string {
  const value = pattern.exec(report)?.[1];
  if (value === undefined) throw new Error(`wrk reports no ${what}:\n${report}`);
  return value;
}
