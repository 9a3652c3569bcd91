/** What the audit log is told while it cannot be written: by a bus that refuses its entries, and by one that is stopped. */
import { appendFile, copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { AuditEntry, AuditList } from '@sovfn/protocol';
import {
  connectToBusOf,
  makeTemporaryFolder,
  startPlatform,
  type TemporaryFolder,
  type TestPlatform,
} from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInProcess } from './run-in-process.ts';

const CODE = `export default { async fetch() {
  const said = await fetch('https://not-approved.example/').then(() => 'answered', () => 'refused');
  return new Response(said);
} };`;
const LONG_MS = 240_000;

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('audit-spool');
  platform = await startPlatform();
  await platform.deploy({ name: 'asking', code: CODE });
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const spool = () => join(platform.data, 'gateway', 'audit-spool-gw-1.jsonl');

/** `notes`: of different windows. */
async function untilSpooled(action: string, notes = 1): Promise<void> {
  const ids = new Set<string>();
  while (ids.size < notes) {
    const lines = (await readFile(spool(), 'utf8')).split('\n');
    for (const line of lines.filter((text) => text.includes(`"action":"${action}"`)))
      ids.add(/"id":"([^"]+)"/.exec(line)![1]!);
    await nextTurn();
  }
}

async function entriesOf(action: string): Promise<AuditEntry[]> {
  const response = await platform.operator('/v1/audit?all=true&limit=500');
  const { entries } = (await response.json()) as AuditList;
  return entries.filter((entry) => entry.action === action);
}

async function untilWritten(action: string): Promise<AuditEntry[]> {
  for (;;) {
    const found = await entriesOf(action);
    if (found.length > 0) return found;
  }
}

/** `platform.control` sends the right token. */
const logInWrongly = () =>
  fetch(`${platform.controlUrl}/v1/functions`, { headers: { authorization: 'Bearer sovfn_wrong' } });

const setSecret = () =>
  platform.control('/v1/functions/asking/secrets/KEY', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: 1, value: 'x', overlapMs: null }),
  });

async function expectRefused(): Promise<void> {
  const refused = await setSecret();
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'audit-unavailable' }]);
}

/** Resolves when the next one serves. */
async function killGateway(): Promise<void> {
  const back = platform.untilPart('gateway', 'ready');
  process.kill(platform.pids.get('gateway')!, 'SIGKILL');
  await back;
}

/** As of a disk that is full: the server takes no more entries, and everything else. */
async function limitLog(bytes: number): Promise<void> {
  const connection = await connectToBusOf(platform, 'test');
  const { streams } = await jetstreamManager(connection);
  const { config } = await streams.info('AUDIT');
  await streams.update('AUDIT', { ...config, max_bytes: bytes });
  await connection.close();
}

async function expectVerified(): Promise<void> {
  const argv = ['audit', 'verify', '--key', join(platform.data, 'platform-key.json')];
  const copy = ['--copy', join(platform.data, 'gateway', 'audit-checkpoints-gw-1.jsonl')];
  expect(await runInProcess([...argv, ...copy], { env: { ...platform.environment } })).toMatchObject({ code: 0 });
}

test(
  'while the log takes no entries, calls go on and changes are refused; what calls were refused outlasts kill -9 of the gateway and is in the log once',
  async () => {
    await limitLog(1);
    expect(await (await platform.call('/fn/asking/')).text()).toBe('refused');
    await untilSpooled('egressRefused');
    await expectRefused();
    await killGateway();
    await expectRefused();
    expect(await (await platform.call('/fn/asking/')).text()).toBe('refused');
    await untilSpooled('egressRefused', 2);
    await copyFile(spool(), join(folder.path, 'spool'));
    await limitLog(-1);
    expect((await setSecret()).status).toBe(200);
    await killGateway();
    const refused = await untilWritten('egressRefused');
    const total = refused.reduce((sum, { details }) => sum + Number(details.count ?? 1), 0);
    expect(total).toBe(2);
    expect(refused[0]).toMatchObject({ tenant: 'main', function: 'asking' });
    await expectVerified();
  },
  LONG_MS,
);

test(
  'a gateway that was killed before it had emptied its spool writes nothing of it again',
  async () => {
    const before = await entriesOf('egressRefused');
    await copyFile(join(folder.path, 'spool'), spool());
    const starts = await entriesOf('loggingStarted');
    await killGateway();
    while ((await entriesOf('loggingStarted')).length === starts.length);
    expect(await entriesOf('egressRefused')).toEqual(before);
    await expectVerified();
  },
  LONG_MS,
);

test(
  'while nats-server is stopped, changes are refused; what was counted outlasts kill -9 of the gateway, with a line that was cut short, and is in the log once when nats-server goes on; the line is counted',
  async () => {
    const bus = platform.pids.get('bus')!;
    process.kill(bus, 'SIGSTOP');
    try {
      expect((await logInWrongly()).status).toBe(401);
      await untilSpooled('loginFailed');
      await expectRefused();
      expect((await stat(spool())).mode & 0o777).toBe(0o600);
      const back = platform.untilPart('gateway', 'ready');
      const died = platform.untilPart('gateway', 'died');
      process.kill(platform.pids.get('gateway')!, 'SIGKILL');
      await died;
      await appendFile(spool(), '0123456789abcdef {"after":');
      process.kill(bus, 'SIGCONT');
      await back;
    } finally {
      process.kill(bus, 'SIGCONT');
    }
    expect(await untilWritten('loginFailed')).toHaveLength(1);
    expect(await untilWritten('notesUnreadable')).toHaveLength(1);
    await expectVerified();
  },
  LONG_MS,
);
