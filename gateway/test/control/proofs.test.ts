/** Copies of the audit log and of receipts, in a real object store. */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { AuditLogCheck, type AuditPage, readableJson, type Receipt, verifyReceipt } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProofArchive } from '../../src/archive/proof-archive.ts';
import { LogBench } from './log-bench.ts';

const BUCKET = 'proofs';
const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;

let bench: LogBench;
let connection: NatsConnection & AsyncDisposable;
let manager: JetStreamManager;
let store: ObjectStore;
beforeAll(async () => {
  bench = await LogBench.start({ proofs: BUCKET });
  connection = await bench.asController();
  manager = await jetstreamManager(connection);
  store = openStore({ ...bench.control.minio.endpoint, tls: false });
});
afterAll(async () => {
  store.close();
  await connection[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const makeArchive = (): ProofArchive =>
  new ProofArchive({
    ...{ connection, store, bucket: BUCKET, positions: 'sovfn-events' },
    ...{ zones: ['fr'], home: 'fr', receiptDays: 30 },
  });
const runAll = async () => {
  for (const { archive } of makeArchive().streams) await archive.run(NEVER);
};
const auditObjects = async () => (await store.list(BUCKET, 'audit/', { limit: 1_000 })).objects;

async function setSecrets(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const body = { v: 1, value: 'x', overlapMs: null };
    expect((await bench.control.ask('PUT', `/v1/functions/f/secrets/KEY_${i}`, { body })).status).toBe(200);
  }
}

async function recordsOf(source: 'bus' | 'archive'): Promise<string[]> {
  const records: string[] = [];
  for (let from: number | null = 1; from !== null;) {
    const path = `/v1/audit/log?from=${from}&source=${source}`;
    const page = (await bench.control.ask('GET', path)).json as AuditPage;
    expect(page.hasArchive).toBe(true);
    records.push(...page.records);
    from = page.next;
  }
  return records;
}

/** How many entries verify; throws where one does not. */
function verified(records: readonly string[], copy?: ReadonlyMap<number, string>): number {
  const check = new AuditLogCheck(bench.control.bench.platform.signer.publicKey, copy);
  for (const record of records) check.add(record);
  check.end();
  return check.size;
}

test('the copies of the audit log are the log, whoever was killed while writing them', async () => {
  await setSecrets(3);
  await runAll();
  const position = await store.get('sovfn-events', '_archived/AUDIT.json', { maxBytes: 1_000 });
  await setSecrets(2);
  await runAll();
  await store.put('sovfn-events', '_archived/AUDIT.json', position);
  await setSecrets(2);
  await runAll();
  const [bus, archived] = [await recordsOf('bus'), await recordsOf('archive')];
  expect(archived.length).toBeGreaterThanOrEqual(7);
  expect(bus.slice(0, archived.length)).toEqual(archived);
  expect(verified(archived)).toBe(archived.length);
});

test('whoever asks for the copies gets all that is written by then', async () => {
  await setSecrets(1);
  expect(await recordsOf('archive')).toEqual(await recordsOf('bus'));
});

test('an entry that was changed in a copy, or a copy that is gone, is named', async () => {
  const [first] = await auditObjects();
  const kept = await store.get(BUCKET, first!.name, { maxBytes: 1e7 });
  const forged = Buffer.from(kept.toString('latin1').replace('"actor":"owner"', '"actor":"ownes"'), 'latin1');
  await store.put(BUCKET, first!.name, forged);
  const changed = await recordsOf('archive');
  const bad = changed.findIndex((record) => record.includes('ownes'));
  expect(() => verified(changed)).toThrow(`does not verify at entry ${bad}`);
  await store.remove(BUCKET, first!.name);
  const shortened = await recordsOf('archive');
  expect(() => verified(shortened)).toThrow('does not verify at entry 0');
  await store.put(BUCKET, first!.name, kept);
  expect(verified(await recordsOf('archive'))).toBeGreaterThanOrEqual(7);
});

test('when the streams are lost, the audit log verifies from its copies, and receipts come from theirs', async () => {
  await bench.control.bench.serve({ name: 'running' }, (call) => call.answer('goes on'));
  const response = await fetch(`${bench.control.bench.url}/fn/running/`);
  const invocation = response.headers.get('sovfn-invocation')!;
  await response.text();
  const stored = async () => (await bench.control.ask('GET', `/v1/receipts/${invocation}`)).status;
  await expect.poll(stored, { timeout: 20_000 }).toBe(200);
  await runAll();
  const before = await recordsOf('archive');
  await manager.streams.delete('AUDIT');
  await manager.streams.purge('RCT_fr');
  expect(await recordsOf('archive')).toEqual(before);
  expect(verified(before)).toBe(before.length);
  const receipt = (await bench.control.ask('GET', `/v1/receipts/${invocation}`)).json as Receipt;
  const { gateway } = verifyReceipt(readableJson(receipt), bench.control.bench.platform.signer.publicKey);
  expect(gateway.call).toMatchObject({ invocation, outcome: 'ok' });
});

test('copies of receipts have their time; those of the audit log stay', async () => {
  const receipts = async () => (await store.list(BUCKET, 'receipts/', { limit: 1_000 })).objects.length;
  const entries = (await auditObjects()).length;
  await makeArchive().sweep(Date.now() + 29 * DAY_MS);
  expect(await receipts()).toBeGreaterThan(0);
  await makeArchive().sweep(Date.now() + 31 * DAY_MS);
  expect([await receipts(), (await auditObjects()).length]).toEqual([0, entries]);
});
