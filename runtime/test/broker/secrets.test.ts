import { createHmac } from 'node:crypto';
import { readMessages } from '@sovfn/bus';
import { egressBatchSchema, egressStream, zoneEgressSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZONE } from '../supervisor/platform.ts';
import { BrokerNode } from './node.ts';
import { textsInMemory } from './process-memory.ts';
import { bodyOf, Upstream } from './upstream.ts';

const CANARY = 'sk-live-canary-7c1e90d2';

const parts = new AsyncDisposableStack();
let node: BrokerNode;
let upstream: Upstream;
let other: Upstream;

beforeAll(async () => {
  other = parts.use(await Upstream.start({ '/target': (_request, response) => void response.end('the other one') }));
  upstream = parts.use(
    await Upstream.start({
      '/hello': (_request, response) => void response.end('bonjour'),
      '/here': (_request, response) => void response.writeHead(307, { location: '/hello' }).end(),
      '/across': (_request, response) => void response.writeHead(307, { location: `${other.origin}/target` }).end(),
      '/to': (request, response) => {
        const location = new URL(request.url!, upstream.origin).searchParams.get('to')!;
        response.writeHead(302, { location }).end();
      },
      '/echo': async (request, response) => {
        const { headers } = request;
        response.writeHead(200, { 'x-echo': headers.authorization ?? '' });
        const text = JSON.stringify({ headers, body: (await bodyOf(request)).toString() });
        response.write(text.slice(0, text.indexOf(CANARY) + 5));
        response.end(text.slice(text.indexOf(CANARY) + 5));
      },
    }),
  );
  node = parts.use(await BrokerNode.start());
});
afterAll(() => parts.disposeAsync());

const configOf = (more: object = {}) => ({
  egress: [upstream.origin, other.origin],
  secrets: [{ name: 'KEY', hosts: [upstream.origin], ...more }],
});
const run = (code: string, more: object = {}): Promise<unknown> =>
  node.run(code, configOf(more), { secrets: { KEY: CANARY } });
const bearer = "{ headers: { authorization: 'Bearer ' + env.KEY } }";

test('an approved host gets the value, and the function never has it', async () => {
  const shown = await run(`await fetch('${upstream.origin}/hello', ${bearer});
    const names = Object.getOwnPropertyNames(globalThis);
    return JSON.stringify([env, names.map((name) => [name, String(globalThis[name])]), request.headers, ctx, new Error().stack])`);
  expect(upstream.requests.at(-1)!.headers.authorization).toBe(`Bearer ${CANARY}`);
  expect(shown).toContain('sovfn-secret-');
  expect(shown).not.toContain(CANARY);
});

test('the value is nowhere in the memory of the cell, where the placeholder and an exposed one are', async ({
  skip,
}) => {
  const config = { ...configOf(), secrets: [...configOf().secrets, { name: 'READ', expose: true }] };
  const exposed = 'exposed-canary-5d20aa';
  const code = `globalThis.kept = [env.KEY, env.READ]; await fetch('${upstream.origin}/hello', ${bearer}); return env.KEY`;
  const secrets = { KEY: CANARY, READ: exposed };
  const placeholder = (await node.run(code, config, { tenant: 'looked-at', secrets })) as string;
  const pid = await node.platform.pidOfCell('looked-at');
  const found = await textsInMemory(pid, [CANARY, placeholder, exposed]);
  skip(found === null, 'this user may not read the memory of the cell');
  expect(found).toEqual([placeholder, exposed]);
});

test('what a host echoes comes back as the placeholder, in head and body', async () => {
  const code = `const answer = await fetch('${upstream.origin}/echo', ${bearer});
    return [env.KEY, answer.headers.get('x-echo'), (await answer.json()).headers.authorization]`;
  const [placeholder, head, body] = (await run(code)) as string[];
  expect([head, body]).toEqual([`Bearer ${placeholder}`, `Bearer ${placeholder}`]);
});

test('a redirect within the origin carries the value', async () => {
  await run(`await fetch('${upstream.origin}/here', { headers: { 'x-api-key': env.KEY } })`);
  expect(upstream.requests.slice(-2).map(({ url, headers }) => [url, headers['x-api-key']])).toEqual([
    ['/here', CANARY],
    ['/hello', CANARY],
  ]);
});

describe('HMACs with a secret that the code does not read', () => {
  const SIGNING = { secrets: [{ name: 'KEY', sign: true }] };
  const imported = (hash: string, key = 'env.KEY', usages = "['sign', 'verify']") =>
    `const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(${key}), { name: 'HMAC', hash: '${hash}' }, false, ${usages});`;
  const signing = (code: string, config: object = SIGNING): Promise<unknown> =>
    node.run(code, { ...config }, { secrets: { KEY: CANARY } });
  const data = `new TextEncoder().encode('à signer')`;

  test.each(['SHA-256', 'SHA-384', 'SHA-512'])('are those of the value, with %s', async (hash) => {
    const made = await signing(`${imported(hash)}
      const made = new Uint8Array(await crypto.subtle.sign('HMAC', key, ${data}));
      const other = made.slice(); other[3] ^= 1;
      const verify = (signature) => crypto.subtle.verify('HMAC', key, signature, ${data});
      return [made.toHex(), await verify(made), await verify(other), await verify(made.slice(1)), await verify(new Uint8Array(99))];`);
    const expected = createHmac(hash.replace('-', ''), CANARY).update('à signer').digest('hex');
    expect(made).toEqual([expected, true, false, false, false]);
  });

  test('of nothing, and of the most that is taken; more is refused', async () => {
    const sizes = await signing(`${imported('SHA-256')}
      const sign = async (size) => new Uint8Array(await crypto.subtle.sign('HMAC', key, new Uint8Array(size))).toHex();
      return [await sign(0), await sign(1048576), await sign(1048577).catch((error) => error.message)]`);
    const of = (size: number) => createHmac('sha256', CANARY).update(Buffer.alloc(size)).digest('hex');
    expect(sizes).toEqual([
      of(0),
      of(1_048_576),
      'data has 1048577 bytes; at most 1048576 are taken with a secret that the code does not read',
    ]);
  });

  test('the key looks like any other, cannot be exported or wrapped, and is for nothing else', async () => {
    const shown = await signing(`${imported('SHA-256')}
      const refused = (act) => act().then(() => 'done', ({ name, message }) => name + ': ' + message);
      const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'encrypt']);
      const iv = new Uint8Array(12);
      return [key instanceof CryptoKey, key.type, key.extractable, key.algorithm, key.usages, structuredClone(key) instanceof CryptoKey,
        await refused(() => crypto.subtle.exportKey('raw', key)),
        await refused(() => crypto.subtle.wrapKey('raw', key, wrapping, { name: 'AES-GCM', iv })),
        await refused(() => crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, iv))]`);
    const refused = 'InvalidAccessError: key is of a secret that the code does not read: it is for HMAC only';
    const algorithm = { name: 'HMAC', hash: { name: 'SHA-256' } };
    expect(shown).toEqual([true, 'secret', false, algorithm, ['sign', 'verify'], true, refused, refused, refused]);
  });

  test('importing it otherwise is refused, in place of a key that would be made of the placeholder', async () => {
    const errors = await signing(`
      const raw = new TextEncoder().encode(env.KEY);
      const imported = (...args) => crypto.subtle.importKey('raw', raw, ...args).then(() => 'done', ({ name }) => name);
      return [await imported({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']), await imported('HKDF', false, ['deriveKey']),
        await imported({ name: 'HMAC', hash: 'SHA-1' }, false, ['sign']), await imported({ name: 'HMAC', hash: 'SHA-256' }, false, []),
        await imported({ name: 'HMAC', hash: 'SHA-256' }, false, ['encrypt'])]`);
    const unsupported = 'NotSupportedError';
    expect(errors).toEqual([unsupported, unsupported, unsupported, 'SyntaxError', 'SyntaxError']);
    const verifyOnly = signing(
      `${imported('SHA-256', 'env.KEY', "['verify']")} return crypto.subtle.sign('HMAC', key, ${data})`,
    );
    await expect(verifyOnly).rejects.toThrow('the key is not for sign with HMAC');
  });

  test('a secret that is not for signing, and a placeholder of another function, sign nothing', async () => {
    const code = (key: string) => `${imported('SHA-256', key)} return crypto.subtle.sign('HMAC', key, ${data})`;
    await expect(run(code('env.KEY'))).rejects.toThrow(
      'sign failed (secret-not-approved): the secret "KEY" is not for signing. Write { "name": "KEY", "sign": true } in sovfn.jsonc.',
    );
    const others = (await signing('return env.KEY')) as string;
    await expect(signing(code(`'${others}'`))).rejects.toThrow(
      'sign failed (secret-misplaced): the placeholder is of no secret that',
    );
  });

  test('the value is nowhere in the memory of the cell that has signed with it', async ({ skip }) => {
    const code = `${imported('SHA-256')} await crypto.subtle.sign('HMAC', key, ${data}); globalThis.kept = key; return env.KEY`;
    const secrets = { KEY: CANARY };
    const placeholder = (await node.run(code, SIGNING, { tenant: 'signing', secrets })) as string;
    const found = await textsInMemory(await node.platform.pidOfCell('signing'), [CANARY, placeholder]);
    skip(found === null, 'this user may not read the memory of the cell');
    expect(found).toEqual([placeholder]);
  });
});

describe('what is refused reaches nobody, and is in the ledger', () => {
  test('a host that is not approved, though egress lists it', async () => {
    const before = other.requests.length;
    const reason = `fetch failed (secret-not-approved): the secret "KEY" is not approved for ${other.origin}, but for ${upstream.origin}.`;
    await expect(run(`await fetch('${other.origin}/target', ${bearer})`)).rejects.toThrow(reason);
    expect(other.requests).toHaveLength(before);
    const refusal = await lastRefusal();
    expect(refusal).toMatchObject({ origin: other.origin, address: null });
    expect(refusal!.reason).toContain(reason);
  });

  test('an approved host without https, unless it is named with http', async () => {
    const hosts = [new URL(upstream.origin).host];
    const config = { egress: [upstream.origin, `https://${hosts[0]}`], secrets: [{ name: 'KEY', hosts }] };
    const calling = node.run(`await fetch('${upstream.origin}/hello', ${bearer})`, config, {
      secrets: { KEY: CANARY },
    });
    await expect(calling).rejects.toThrow(`is not approved for ${upstream.origin}, but for https://${hosts[0]}`);
  });

  test('an approved host for a secret that is for signing only: there is none', async () => {
    const config = { egress: [upstream.origin], secrets: [{ name: 'KEY', sign: true }] };
    const sending = node.run(`await fetch('${upstream.origin}/hello', ${bearer})`, config, {
      secrets: { KEY: CANARY },
    });
    await expect(sending).rejects.toThrow('(secret-not-approved): the secret "KEY" is not approved for');
    expect(await lastRefusal()).toMatchObject({ origin: upstream.origin, address: null });
  });

  test('the other host of a redirect, also when it is approved', async () => {
    const before = other.requests.length;
    const hosts = [upstream.origin, other.origin];
    const code = `await fetch('${upstream.origin}/across', { headers: { 'x-api-key': env.KEY } })`;
    await expect(run(code, { hosts })).rejects.toThrow(`to which a redirect of ${upstream.origin} led`);
    expect(other.requests).toHaveLength(before);
    expect(await lastRefusal()).toMatchObject({ origin: other.origin });
  });

  test('the host to which an approved one redirects with what it was sent in the URL', async () => {
    const before = other.requests.length;
    const target = `encodeURIComponent('${other.origin}/target?key=') + env.KEY`;
    const calling = run(`await fetch('${upstream.origin}/to?to=' + ${target})`, { url: true });
    await expect(calling).rejects.toThrow('(secret-not-approved)');
    expect(upstream.requests.at(-1)!.url).toContain(CANARY);
    expect(other.requests).toHaveLength(before);
  });

  test('the placeholder of another function, and of another tenant', async () => {
    const placeholder = (await run('return env.KEY')) as string;
    const calling = (tenant: string) =>
      node.run(`await fetch('${upstream.origin}/hello', { headers: { k: '${placeholder}' } })`, configOf(), {
        ...{ tenant, secrets: { KEY: 'another value' } },
      });
    await expect(calling('main')).rejects.toThrow('of no secret that this function has now');
    await expect(calling('other')).rejects.toThrow('of no secret that this function has now');
  });
});

test('the address of an answer never holds the value', async () => {
  expect(
    await run(
      `return (await fetch('${upstream.origin}/hello?key=' + env.KEY)).url === '${upstream.origin}/hello?key=' + env.KEY`,
      { url: true },
    ),
  ).toBe(true);
  expect(upstream.requests.at(-1)!.url).toBe(`/hello?key=${CANARY}`);
});

test('a new value is sent without a deploy, in the place of a placeholder that code has kept, and a deleted one never again', async () => {
  const { platform } = node;
  platform.secrets.set('rotated', { KEY: 'value-before' });
  const members = `async fetch(request, env) {
    const kept = (globalThis.kept ??= env.KEY);
    await fetch('${upstream.origin}/hello', { headers: { 'x-api-key': kept ?? 'none' } });
    return new Response(kept ?? 'none');
  }`;
  const deployed = await platform.deploy('rotated', members, { config: configOf() });
  const call = async () => {
    const answer = await platform.gateway.call(deployed);
    return [answer!.body, upstream.requests.at(-1)!.headers['x-api-key']];
  };
  const [placeholder, sent] = await call();
  expect(sent).toBe('value-before');
  await platform.changeSecrets(deployed, { KEY: 'value-after' });
  await expect.poll(call).toEqual([placeholder, 'value-after']);
  await platform.changeSecrets(deployed, {});
  await expect.poll(call).toEqual(['none', 'none']);
});

async function lastRefusal() {
  const refusals = async () => {
    const entries = [];
    for await (const page of readMessages(node.platform.connection, egressStream(ZONE), zoneEgressSubject(ZONE))) {
      for (const { data } of page)
        entries.push(...egressBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).entries);
    }
    return entries.filter(({ outcome }) => outcome === 'refused');
  };
  const before = seenRefusals;
  await expect.poll(async () => (await refusals()).length).toBeGreaterThan(before);
  const all = await refusals();
  seenRefusals = all.length;
  return all.at(-1);
}
let seenRefusals = 0;
