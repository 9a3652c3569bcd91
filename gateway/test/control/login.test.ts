import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuditList, TokenAnswer } from '@sovfn/protocol';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from './control-bench.ts';

const AUDIENCE = 'https://sovfn.example.fr';
/** Its keys are in a file: it is asked nothing, and has no address. */
const OFFLINE = 'https://ci.example.fr';
/** Nothing listens there. */
const AWAY = 'http://127.0.0.1:1';
const ES256 = { alg: 'ES256', kid: 'now' } as const;

let folder: TemporaryFolder;
let control: ControlBench;
let issuer: Server;
let online: string;
let asked = 0;
const keys = {
  now: await generateKeyPair('ES256'),
  next: await generateKeyPair('ES256'),
  rsa: await generateKeyPair('RS256'),
};

beforeAll(async () => {
  folder = await makeTemporaryFolder('login');
  issuer = createServer((request, response) => {
    asked++;
    const isKeys = request.url === '/keys';
    const discovery = { issuer: online, jwks_uri: `${online}/keys` };
    void keySet('now').then((set) => response.end(JSON.stringify(isKeys ? set : discovery)));
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  online = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const jwksFile = join(folder.path, 'keys.json');
  await writeFile(jwksFile, JSON.stringify(await keySet('now', 'rsa')));
  const rule = { tenant: 'main', minutes: 5 };
  const trust = {
    v: 1,
    issuers: [
      { issuer: OFFLINE, audience: AUDIENCE, jwksFile },
      { issuer: online, audience: AUDIENCE, clientId: 'sovfn-cli' },
      { issuer: AWAY, audience: AUDIENCE },
    ],
    rules: [
      {
        ...rule,
        name: 'shop',
        issuer: OFFLINE,
        claims: { project: 'team/shop', ref: ['main', 'release'] },
        function: 'shop',
        scopes: ['deploy'],
      },
      { ...rule, name: 'people', issuer: online, claims: { groups: 'developers' }, role: 'developer' },
      { ...rule, name: 'nowhere', issuer: online, claims: { groups: 'lost' }, role: 'developer', tenant: 'unknown' },
    ],
  };
  const oidcFile = join(folder.path, 'trust.json');
  await writeFile(oidcFile, JSON.stringify(trust));
  control = await ControlBench.start({ oidcFile });
});

afterAll(async () => {
  await control[Symbol.asyncDispose]();
  issuer.close();
  await folder[Symbol.asyncDispose]();
});

async function keySet(...names: (keyof typeof keys)[]): Promise<object> {
  return { keys: await Promise.all(names.map(async (kid) => ({ ...(await exportJWK(keys[kid].publicKey)), kid }))) };
}

const SHOP = { project: 'team/shop', ref: 'main' };

interface Forged {
  readonly claims?: object;
  readonly iss?: string;
  readonly aud?: string | string[];
  readonly exp?: number | string;
  readonly iat?: number;
  readonly nbf?: number;
  readonly header?: JWTHeaderParameters;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

const now = (): number => Math.floor(Date.now() / 1_000);

function idToken({
  claims = SHOP,
  iss = OFFLINE,
  aud = AUDIENCE,
  exp = '5m',
  iat = now(),
  nbf,
  header = ES256,
  key = keys.now.privateKey,
}: Forged = {}) {
  const token = new SignJWT({ ...claims }).setProtectedHeader(header).setIssuer(iss).setAudience(aud);
  token.setSubject('job-7').setExpirationTime(exp).setIssuedAt(iat);
  if (nbf !== undefined) token.setNotBefore(nbf);
  return token.sign(key);
}

async function logIn(token: string, rule: string | null = null) {
  const { status, json } = await control.ask('POST', '/v1/login', {
    token: null,
    body: { v: 1, idToken: token, rule },
  });
  return { status, ...(json as { code?: string; detail?: string } & Partial<TokenAnswer>) };
}

test('a job logs in without a secret: its token is of the tenant, function, scope and time of the rule', async () => {
  const before = asked;
  const { status, token, secret } = await logIn(await idToken());
  expect(status).toBe(200);
  expect(token).toMatchObject({
    name: 'shop',
    tenant: 'main',
    function: 'shop',
    role: null,
    scopes: ['deploy'],
    createdBy: 'login',
  });
  expect(Date.parse(token!.expiresAt!) - Date.now()).toBeLessThanOrEqual(5 * 60_000);
  // The function is not there yet: the token may ask, and may ask for nothing else.
  expect(await control.refused('PUT', '/v1/functions/shop', { token: secret!, body: {} })).toMatchObject({
    code: 'bad-request',
  });
  expect(await control.refused('GET', '/v1/functions', { token: secret! })).toMatchObject({ code: 'forbidden' });
  expect(asked).toBe(before);
});

test('the keys of an issuer without a file are asked of it; a claim that is a list must hold the value', async () => {
  const iss = online;
  expect(await logIn(await idToken({ iss, claims: { groups: ['staff', 'developers'] } }))).toMatchObject({
    status: 200,
    token: { role: 'developer' },
  });
  expect(await logIn(await idToken({ iss, claims: { groups: ['staff'] } }))).toMatchObject({
    status: 401,
    code: 'login-refused',
  });
  expect(await logIn(await idToken({ iss, claims: { groups: ['lost'] } }))).toMatchObject({
    status: 404,
    code: 'tenant-not-found',
  });
});

test('an issuer that does not answer is said to be away, and nobody is let in', async () => {
  expect(await logIn(await idToken({ iss: AWAY }))).toMatchObject({ status: 503, code: 'issuer-unavailable' });
});

test('strangers learn where people log in, and nothing else of what is trusted', async () => {
  const { json } = await control.ask('GET', '/v1/login', { token: null });
  expect(json).toEqual({ v: 1, issuers: [{ issuer: online, clientId: 'sovfn-cli' }] });
});

const attacks: readonly [string, () => Promise<string> | string, string][] = [
  [
    'no signature (alg none)',
    () =>
      new UnsecuredJWT(SHOP)
        .setIssuer(OFFLINE)
        .setAudience(AUDIENCE)
        .setSubject('x')
        .setIssuedAt()
        .setExpirationTime('5m')
        .encode(),
    'its algorithm is not allowed',
  ],
  [
    'the public key as the secret of an HMAC',
    async () =>
      idToken({
        header: { alg: 'HS256', kid: 'rsa' },
        key: new TextEncoder().encode(await exportSPKI(keys.rsa.publicKey)),
      }),
    'its algorithm is not allowed',
  ],
  [
    'an algorithm that is not that of the key',
    async () => swapHeader(await idToken(), { alg: 'RS256', kid: 'now' }),
    'its issuer has no such key',
  ],
  [
    'a key that is not the issuer’s',
    async () => idToken({ key: keys.next.privateKey }),
    'its signature does not verify',
  ],
  [
    'a key id that is unknown',
    async () => idToken({ header: { alg: 'ES256', kid: 'next' }, key: keys.next.privateKey }),
    'its issuer has no such key',
  ],
  [
    'a key of its own in the header',
    async () =>
      idToken({
        header: { alg: 'ES256', kid: 'next', jwk: await exportJWK(keys.next.publicKey) },
        key: keys.next.privateKey,
      }),
    'its issuer has no such key',
  ],
  ['another issuer', async () => idToken({ iss: 'https://evil.example' }), 'its issuer is not trusted here'],
  ['another audience', async () => idToken({ aud: 'https://other.example' }), 'its claim "aud" does not fit'],
  [
    'several audiences of which another asked',
    async () => idToken({ aud: [AUDIENCE, 'https://other.example'] }),
    'it was made for another audience, too',
  ],
  ['a time that is over', async () => idToken({ exp: now() - 60, iat: now() - 120 }), 'it has expired'],
  [
    'no end',
    async () =>
      new SignJWT(SHOP)
        .setProtectedHeader(ES256)
        .setIssuer(OFFLINE)
        .setAudience(AUDIENCE)
        .setSubject('x')
        .setIssuedAt()
        .sign(keys.now.privateKey),
    'its claim "exp" does not fit',
  ],
  ['a time of issue that is to come', async () => idToken({ iat: now() + 600 }), 'its claim "iat" does not fit'],
  ['a time that has not begun', async () => idToken({ nbf: now() + 600 }), 'its claim "nbf" does not fit'],
  ['an age of two days', async () => idToken({ iat: now() - 2 * 86_400 }), 'it has expired'],
  [
    'altered claims',
    async () => swapClaims(await idToken(), { ...SHOP, iss: OFFLINE, aud: AUDIENCE, ref: 'release' }),
    'its signature does not verify',
  ],
  ['claims that fit no rule', async () => idToken({ claims: { ...SHOP, ref: 'feature' } }), 'no rule fits its claims'],
  ['a claim that every object has', async () => idToken({ claims: { ref: 'main' } }), 'no rule fits its claims'],
  ['no token in it', () => 'nonsense', 'it is no JSON Web Token'],
];

// One after the other: failures of an address are answered later each time.
test.each(attacks)('an ID token with %s is refused', async (_what, make, reason) => {
  const { status, code, detail } = await logInFresh(await make());
  expect({ status, code, detail }).toEqual({
    status: 401,
    code: 'login-refused',
    detail: `the login is refused: ${reason}`,
  });
});

/** A login that works clears the failures of the address. */
async function logInFresh(token: string) {
  expect((await logIn(await idToken())).status).toBe(200);
  return logIn(token);
}

test('a rule that is named must fit itself', async () => {
  expect(await logInFresh(await idToken())).toMatchObject({ status: 200 });
  expect(await logIn(await idToken(), 'shop')).toMatchObject({ status: 200 });
  expect((await logIn(await idToken(), 'people')).detail).toContain('the rule "people" does not fit its claims');
});

test('keys that the operator replaces in the file are taken from the next login on, and older ones not any more', async () => {
  const renewed = await idToken({ header: { alg: 'ES256', kid: 'next' }, key: keys.next.privateKey });
  await writeFile(join(folder.path, 'keys.json'), JSON.stringify(await keySet('next')));
  expect((await logIn(renewed)).status).toBe(200);
  expect((await logIn(await idToken())).detail).toContain('its issuer has no such key');
  await writeFile(join(folder.path, 'keys.json'), JSON.stringify(await keySet('now', 'rsa')));
});

test('who logged in by which rule is in the audit log, and so is how often it failed', async () => {
  const { json } = await control.ask('GET', '/v1/audit?limit=500');
  const { entries } = json as AuditList;
  const one = entries.find(({ action, function: name }) => action === 'loggedIn' && name === 'shop');
  expect(one).toMatchObject({
    tenant: 'main',
    actor: 'login',
    details: { rule: 'shop', issuer: OFFLINE, subject: 'job-7' },
  });
  const all = ((await control.ask('GET', '/v1/audit?limit=500&all=true', { at: 'operator' })).json as AuditList)
    .entries;
  expect(all.filter(({ action }) => action === 'loginFailed').map(({ details }) => details['reason'])).toContain(
    'id-token',
  );
});

function swapHeader(token: string, header: object): string {
  const [, payload, signature] = token.split('.');
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
}

function swapClaims(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
}
