/** A whole platform with `hello` in a warm cell: what it prints says where it is, and which processes it has. Ends with stdin. */
import { once } from 'node:events';
import { startPlatform } from '@sovfn/testkit';
import { HELLO, HELLO_CONCURRENCY } from '../functions/sources.ts';
import { findCellPid } from '../processes/node-log.ts';

const CELL_MS = 30_000;

await using platform = await startPlatform();
await platform.deploy({ name: 'hello', code: HELLO, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
const response = await platform.call('/fn/hello/');
const text = await response.text();
if (text !== 'hello') throw new Error(`hello was answered with status ${response.status} and "${text}"`);
const cell = await findCellPid(platform, 'hello', AbortSignal.timeout(CELL_MS));
const port = Number(new URL(platform.publicUrl).port);
process.stdout.write(`${JSON.stringify({ port, pids: { ...Object.fromEntries(platform.pids), cell } })}\n`);
const ended = once(process.stdin.resume(), 'close');
await Promise.race([ended, once(process, 'SIGTERM')]);
