/** Developers sign what they deploy, and a tenant may require it. */
import { generateKeyPairSync } from 'node:crypto';
import {
  type AuditList,
  type DeployRequest,
  followingList,
  keyIdOf,
  publicKeyText,
  type Signer,
  type SignerList,
  type SignersAnswer,
  signSignerList,
  signVersion,
  type SigningKey,
  type TokenAnswer,
  type VersionList,
} from '@sovfn/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ControlBench, deployRequest } from './control-bench.ts';

const [ada, grace, mallory] = [newKey(), newKey(), newKey()];
const TENANT = 'acme';

let control: ControlBench;
let owner: string;
let developer: string;
let list: SignerList | null = null;

beforeAll(async () => {
  control = await ControlBench.start();
  const quotas = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: null };
  await control.ask('POST', '/v1/tenants', { body: { v: 1, name: TENANT, quotas } });
  owner = await makeToken('owner', { at: 'operator' });
  developer = await makeToken('developer', { token: owner });
});
afterAll(() => control[Symbol.asyncDispose]());

beforeEach(async () => {
  if (list !== null) await change({ isRequired: false, signers: [active('ada', ada)] }, ada);
});

function newKey(): SigningKey {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  return { key, publicKey: publicKeyText(key) };
}

async function makeToken(role: string, by: { at: 'operator' } | { token: string }): Promise<string> {
  const of = { name: 'test', tenant: TENANT, function: null, role, scopes: [], expiresAt: null };
  const { json } = await control.ask('POST', '/v1/tokens', { ...by, body: { v: 1, ...of } });
  return (json as TokenAnswer).secret;
}

function active(name: string, { publicKey }: SigningKey): Signer {
  return { name, publicKey, isActive: true };
}

function nextList(of: Pick<SignerList, 'isRequired' | 'signers'>): SignerList {
  return { ...followingList(TENANT, list), ...of };
}

async function change(of: Pick<SignerList, 'isRequired' | 'signers'>, by: SigningKey): Promise<SignersAnswer> {
  const next = nextList(of);
  const { status, json } = await control.ask('PUT', '/v1/signers', { token: owner, body: signSignerList(next, by) });
  expect([status, json]).toEqual([200, json]);
  list = next;
  return json as SignersAnswer;
}

function signed(request: DeployRequest, by: SigningKey, of: { tenant?: string; function?: string } = {}) {
  const { version, manifest } = request;
  const signature = signVersion({ tenant: TENANT, function: manifest.config.name, version, ...of }, by);
  return { ...request, signature };
}

const deploy = (request: DeployRequest) =>
  control.ask('PUT', `/v1/functions/${request.manifest.config.name}`, { token: developer, body: request });

async function refusal(request: DeployRequest): Promise<unknown> {
  const { status, json } = await deploy(request);
  expect(json).toMatchObject({ code: 'signature-refused', status: 403 });
  expect(status).toBe(403);
  return (json as { detail: string }).detail;
}

test('without signers a version may be signed, and must not be signed wrongly', async () => {
  const request = deployRequest({ name: 'early' });
  expect(await refusal(signed(request, ada, { tenant: 'globex' }))).toBe(
    'the signature is not one of this version of "early"',
  );
  expect((await deploy(signed(request, ada))).status).toBe(200);
  expect((await control.ask('GET', '/v1/signers', { token: developer })).json).toEqual({
    ...{ v: 1, tenant: TENANT, list: null, unsigned: [] },
  });
});

test('the first list is signed by one who is on it, is for owners, and is in the audit log with the keys', async () => {
  const first = { isRequired: false, signers: [active('ada', ada)] };
  const body = signSignerList(nextList(first), mallory);
  expect(await control.refused('PUT', '/v1/signers', { token: owner, body })).toMatchObject({
    code: 'signature-refused',
  });
  const byAda = signSignerList(nextList(first), ada);
  expect(await control.refused('PUT', '/v1/signers', { token: developer, body: byAda })).toMatchObject({
    code: 'forbidden',
  });
  expect(await change(first, ada)).toMatchObject({ tenant: TENANT, list: { number: 1, signers: first.signers } });
  const { entries } = (await control.ask('GET', '/v1/audit', { token: owner })).json as AuditList;
  expect(entries.find(({ action }) => action === 'changeSigners')).toMatchObject({
    tenant: TENANT,
    details: {
      ...{ number: 1, isRequired: 'false', signers: `ada:${keyIdOf(ada.publicKey).slice(0, 12)}` },
      signedBy: keyIdOf(ada.publicKey),
    },
  });
});

test('whoever has the owner’s token, and no key of the list, can put nobody on it', async () => {
  const withMallory = nextList({ isRequired: false, signers: [active('ada', ada), active('mallory', mallory)] });
  const body = signSignerList(withMallory, mallory);
  const refused = await control.refused('PUT', '/v1/signers', { token: owner, body });
  expect(refused).toMatchObject({ code: 'signature-refused' });
  expect(refused.hint).toContain('--sign-key');
});

test('a token that may deploy one function, and nothing else, learns for whom it signs', async () => {
  const of = { name: 'ci', tenant: null, function: 'invoice', role: null, scopes: ['deploy'], expiresAt: null };
  const { json } = await control.ask('POST', '/v1/tokens', { token: owner, body: { v: 1, ...of } });
  const token = (json as TokenAnswer).secret;
  expect((await control.ask('GET', '/v1/functions/invoice/signers', { token })).json).toMatchObject({ tenant: TENANT });
});

test('of two changes at once one is made, and the other one is told', async () => {
  const one = signSignerList(nextList({ isRequired: false, signers: [active('ada', ada)] }), ada);
  const other = signSignerList(nextList({ isRequired: false, signers: [active('grace', grace)] }), ada);
  const answers = await Promise.all(
    [one, other].map((body) => control.ask('PUT', '/v1/signers', { token: owner, body })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  const stored = (await control.ask('GET', '/v1/signers', { token: owner })).json as SignersAnswer;
  list = stored.list;
  if (list!.signers[0]!.name === 'grace') await change({ isRequired: false, signers: [active('ada', ada)] }, grace);
});

test('signatures are required only when everything that answers is signed', async () => {
  await deploy(deployRequest({ name: 'plain' }));
  const required = nextList({ isRequired: true, signers: [active('ada', ada)] });
  const body = signSignerList(required, ada);
  const refused = await control.refused('PUT', '/v1/signers', { token: owner, body });
  expect(refused).toMatchObject({ code: 'signature-refused', facts: { functions: ['plain'] } });
  expect((await deploy(signed(deployRequest({ name: 'plain' }), ada))).status).toBe(200);
  await change(required, ada);
});

test('a tenant that requires it gets no version that is unsigned, or signed by another, for another, or altered', async () => {
  await change({ isRequired: true, signers: [active('ada', ada)] }, ada);
  const request = deployRequest({ name: 'invoice' });
  const short = request.version.slice(0, 12);
  const key = keyIdOf(ada.publicKey);
  expect(await refusal(request)).toBe(
    `version ${short} of function "invoice" is not signed, and tenant "acme" has signers`,
  );
  expect(await refusal(signed(request, mallory))).toContain('which is of no signer of tenant "acme"');
  const wrong = `the signature of version ${short} of function "invoice" with the key ${key} is not for this tenant, function and version`;
  expect(await refusal(signed(request, ada, { tenant: 'main' }))).toBe(wrong);
  expect(await refusal(signed(request, ada, { function: 'ledger' }))).toBe(wrong);
  const { signature } = signed(deployRequest({ name: 'invoice' }, 'export const before = 1'), ada);
  expect(await refusal({ ...request, signature })).toBe(wrong);
  expect((await deploy(signed(request, ada))).json).toMatchObject({ result: 'created' });
});

test('versions of a signer who signs no more answer again when they are asked for; new ones are refused', async () => {
  const first = signed(deployRequest({ name: 'bill' }, 'export const v = 1'), ada);
  await deploy(first);
  await change({ isRequired: true, signers: [active('ada', ada), active('grace', grace)] }, ada);
  await deploy(signed(deployRequest({ name: 'bill' }, 'export const v = 2'), grace));
  await change(
    { isRequired: true, signers: [{ ...active('ada', ada), isActive: false }, active('grace', grace)] },
    grace,
  );
  const back = await control.ask('POST', '/v1/functions/bill/rollback', {
    token: developer,
    body: { v: 1, version: null },
  });
  expect(back.json).toMatchObject({ current: first.version });
  const { versions } = (await control.ask('GET', '/v1/functions/bill/versions', { token: developer }))
    .json as VersionList;
  expect(versions.map(({ signer }) => signer)).toEqual([grace, ada].map(({ publicKey }) => keyIdOf(publicKey)));
  const third = deployRequest({ name: 'bill' }, 'export const v = 3');
  expect(await refusal(signed(third, ada))).toBe(`the key ${keyIdOf(ada.publicKey)} signs no more for tenant "acme"`);
  await change({ isRequired: true, signers: [active('grace', grace)] }, grace);
  const promote = { token: developer, body: { v: 1, version: versions[0]!.version } };
  expect((await control.ask('POST', '/v1/functions/bill/promote', promote)).status).toBe(200);
  const rollback = { token: developer, body: { v: 1, version: first.version } };
  expect(await control.refused('POST', '/v1/functions/bill/rollback', rollback)).toMatchObject({
    code: 'signature-refused',
  });
  await change({ isRequired: false, signers: [active('ada', ada)] }, grace);
});

test('the same version deployed again with another signature carries that one, and nothing else changes', async () => {
  await change({ isRequired: false, signers: [active('ada', ada), active('grace', grace)] }, ada);
  const request = deployRequest({ name: 'twice' });
  await deploy(signed(request, ada));
  expect((await deploy(signed(request, grace))).json).toMatchObject({ result: 'updated', version: request.version });
  const { versions } = (await control.ask('GET', '/v1/functions/twice/versions', { token: developer }))
    .json as VersionList;
  expect(versions).toHaveLength(1);
  expect(versions[0]).toMatchObject({ signer: keyIdOf(grace.publicKey), state: 'current' });
  expect((await deploy({ ...request, signature: null })).json).toMatchObject({ result: 'unchanged' });
});
