/** A node runs what the developers of a tenant have signed, whoever holds the bus and the object store. */
import { generateKeyPairSync } from 'node:crypto';
import { SignerLists } from '@sovfn/bus';
import {
  followingList,
  keyIdOf,
  publicKeyText,
  type Signer,
  signerListKey,
  type SignerList,
  SIGNERS_BUCKET,
  signSignerList,
  signVersion,
  type SignedSignerList,
  type SigningKey,
  type VersionSignature,
} from '@sovfn/protocol';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Supervisor } from '../../src/index.ts';
import { type Deployed, Platform } from './platform.ts';

const [ada, grace, mallory] = [newKey(), newKey(), newKey()];
const CODE = `fetch() { return new Response('signed') }`;

let platform: Platform;
let supervisor: Supervisor;
let lists: SignerLists;

beforeAll(async () => {
  platform = await Platform.start();
  lists = await SignerLists.open(platform.connection, () => undefined);
  supervisor = await platform.startSupervisor();
});
afterAll(async () => {
  lists.close();
  await supervisor.close();
  await platform[Symbol.asyncDispose]();
});

function newKey(): SigningKey {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  return { key, publicKey: publicKeyText(key) };
}

const active = (name: string, { publicKey }: SigningKey): Signer => ({ name, publicKey, isActive: true });

/** As an honest gateway puts it there. Resolves when the node has it on its disk. */
async function change(
  tenant: string,
  signers: readonly Signer[],
  by: SigningKey,
  isRequired = true,
): Promise<SignerList> {
  const { list: before } = lists.follow(tenant, null);
  const list = { ...followingList(tenant, before), isRequired, signers: [...signers] };
  await lists.append(tenant, before, signSignerList(list, by));
  await platform.probe.seen('signers-changed', { tenant, number: list.number });
  return list;
}

/** As whoever has the gateway's credential can. */
async function putRaw(key: string, signed: SignedSignerList): Promise<void> {
  await (await new Kvm(platform.connection).open(SIGNERS_BUCKET)).put(key, JSON.stringify(signed));
}

async function sign(deployed: Deployed, by: SigningKey, of: Partial<Deployed> = {}): Promise<void> {
  const { tenant, function: name, version } = { ...deployed, ...of };
  await attach(deployed, signVersion({ tenant, function: name, version }, by));
}

/** Puts a signature into the record, as it came. */
async function attach(deployed: Deployed, signature: VersionSignature): Promise<void> {
  const { record, revision } = await platform.registry.entry(deployed.tenant, deployed.function);
  const versions = record!.versions.map((entry) =>
    entry.version === deployed.version ? { ...entry, signature } : entry,
  );
  await platform.registry.write({ ...record!, versions }, revision);
}

async function refusal(of: Deployed): Promise<string> {
  const answer = await platform.gateway.call(of);
  expect(answer).toMatchObject({ kind: 'failure', outcome: 'version-untrusted', cell: '' });
  expect(platform.probe.of('placement-refused').at(-1)).toMatchObject({
    ...{ tenant: of.tenant, function: of.function, version: of.version, outcome: 'version-untrusted' },
    reason: answer!.message,
  });
  return answer!.message;
}

/** The node says it when it begins: a call may still meet the cell that is about to stop listening. */
async function untilLetGo(of: Deployed): Promise<void> {
  await platform.probe.seen('version-evicted', { tenant: of.tenant, function: of.function });
  await expect.poll(() => platform.gateway.callWarm(of)).toBe(null);
}

const runs = { kind: 'answer', outcome: 'ok', body: 'signed' };

test('a version that a signer has signed runs; unsigned or by another key it does not', async () => {
  const tenant = 'acme';
  await change(tenant, [active('ada', ada)], ada);
  const deployed = await platform.deploy('invoice', CODE, { tenant });
  const short = deployed.version.slice(0, 12);
  expect(await refusal(deployed)).toBe(
    `version ${short} of function "invoice" is not signed, and tenant "acme" has signers`,
  );
  await sign(deployed, mallory);
  expect(await refusal(deployed)).toContain(`is signed with the key ${keyIdOf(mallory.publicKey)}`);
  await sign(deployed, ada);
  expect(await platform.gateway.call(deployed)).toMatchObject(runs);
});

test('a signature is of no use for another tenant, function or version, nor with a letter changed', async () => {
  const tenant = 'replayed';
  await change(tenant, [active('ada', ada)], ada);
  const deployed = await platform.deploy('invoice', CODE, { tenant });
  const wrong = 'is not for this tenant, function and version';
  for (const other of [{ tenant: 'acme' }, { function: 'ledger' }, { version: 'b'.repeat(64) }]) {
    await sign(deployed, ada, other);
    expect(await refusal(deployed)).toContain(wrong);
  }
  const right = signVersion({ tenant, function: 'invoice', version: deployed.version }, ada);
  const { signature } = right;
  const changed = signature.slice(0, -2) + (signature.at(-2) === 'A' ? 'B' : 'A') + signature.at(-1)!;
  await attach(deployed, { ...right, signature: changed });
  expect(await refusal(deployed)).toContain(wrong);
  await attach(deployed, right);
  expect(await platform.gateway.call(deployed)).toMatchObject(runs);
});

test('whoever has the gateway’s credential cannot put a list of their own in the place of the tenant’s', async () => {
  const tenant = 'stolen';
  const first = await change(tenant, [active('ada', ada)], ada);
  const evil = await platform.deploy('invoice', CODE, { tenant });
  await sign(evil, mallory);
  const own = { ...followingList(tenant, null), isRequired: true, signers: [active('mallory', mallory)] };
  await putRaw(signerListKey(tenant, 1), signSignerList(own, mallory));
  await platform.probe.seen('signers-refused', { tenant, reason: 'list 1 was taken away or replaced' });
  expect(await refusal(evil)).toContain('which is of no signer of tenant "stolen"');
  const next = { ...followingList(tenant, first), isRequired: false, signers: [active('mallory', mallory)] };
  await putRaw(signerListKey(tenant, 2), signSignerList(next, mallory));
  const reason = `the key ${keyIdOf(mallory.publicKey)} is of no signer of tenant "stolen" that can sign`;
  await platform.probe.seen('signers-refused', { tenant, reason });
  expect(await refusal(evil)).toContain('which is of no signer of tenant "stolen"');
});

test('taking the lists away takes nothing back, and the node knows them when it is started again', async () => {
  const tenant = 'purged';
  await change(tenant, [active('ada', ada)], ada);
  const deployed = await platform.deploy('invoice', CODE, { tenant });
  const bucket = await new Kvm(platform.connection).open(SIGNERS_BUCKET);
  await bucket.delete(signerListKey(tenant, 1));
  await platform.probe.seen('signers-refused', { tenant, reason: 'list 1 was taken away or replaced' });
  await supervisor.close();
  supervisor = await platform.startSupervisor();
  await platform.probe.seen('signers-refused', { tenant });
  expect(await refusal(deployed)).toContain('is not signed');
  await sign(deployed, ada);
  expect(await platform.gateway.call(deployed)).toMatchObject(runs);
});

test('versions of who signs no more go on; when they are to stop, they stop where they run already', async () => {
  const tenant = 'retired';
  const both = [active('ada', ada), active('grace', grace)];
  await change(tenant, both, ada);
  const deployed = await platform.deploy('invoice', CODE, { tenant });
  await sign(deployed, ada);
  expect(await platform.gateway.call(deployed)).toMatchObject(runs);
  await change(tenant, [{ ...active('ada', ada), isActive: false }, active('grace', grace)], grace);
  expect(await platform.gateway.callWarm(deployed)).toMatchObject(runs);
  await change(tenant, [active('grace', grace)], grace);
  await untilLetGo(deployed);
  expect(await refusal(deployed)).toContain('which is of no signer of tenant "retired"');
});

test('without the requirement, and without a list, everything runs', async () => {
  const free = await platform.deploy('invoice', CODE, { tenant: 'free' });
  expect(await platform.gateway.call(free)).toMatchObject(runs);
  await change('listed', [active('ada', ada)], ada, false);
  const listed = await platform.deploy('invoice', CODE, { tenant: 'listed' });
  expect(await platform.gateway.call(listed)).toMatchObject(runs);
  await change('listed', [active('ada', ada)], ada);
  await untilLetGo(listed);
  expect(await refusal(listed)).toContain('is not signed');
});
