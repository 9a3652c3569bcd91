/** Every scheme, against genuine, wrong, old, changed and broken deliveries. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/webhooks/scheme.ts';
import { BODY, NOW, schemeFor, seconds, type Sender, SENDERS, TOLERANCE_MS } from './senders.ts';

const ALL = Object.entries(SENDERS);
const SIGNING = ALL.filter(([, { covers }]) => covers !== 'nothing');
const TIMED = ALL.filter(([, { covers }]) => covers === 'time');
/** With a public key, nothing can be signed. */
const SIGNABLE = ALL.filter(([, { secret }]) => !secret.startsWith('whpk_'));

describe.each(ALL)('%s', (_name, sender) => {
  const { verify, genuineHeaders } = verifierOf(sender);

  test('a genuine delivery is accepted, with its id and type', () => {
    expect(verify(genuineHeaders)).toMatchObject({ verdict: 'genuine', delivery: sender.delivery, type: sender.type });
  });

  test('one with an empty body is accepted', () => {
    expect(verify(sender.send('', sender.secret, NOW), '').verdict).toBe('genuine');
  });

  test('one of another secret is refused, without a word about the right one', () => {
    const verdict = verify(sender.send(BODY, sender.otherSecret, NOW));
    expect(verdict).toMatchObject({
      verdict: 'refused',
      check: sender.covers === 'nothing' ? 'credentials' : 'signature',
    });
    const expected = Object.values(genuineHeaders)
      .flatMap((value) => value.split(/[ ,=]/))
      .filter((part) => part.length > 8);
    for (const part of [...expected, sender.secret]) expect(JSON.stringify(verdict)).not.toContain(part);
  });

  test('while two secrets are accepted, deliveries of either are, and of a third are not', () => {
    const secrets = [sender.otherSecret, sender.secret];
    for (const secret of secrets) expect(verify(sender.send(BODY, secret, NOW), BODY, secrets).verdict).toBe('genuine');
    expect(verify(genuineHeaders, BODY, [sender.otherSecret]).verdict).toBe('refused');
  });

  test.each(sender.needed)('one without %s is refused, and the header is named', (name) => {
    const { [name]: _, ...headers } = genuineHeaders;
    expect(verify(headers)).toEqual({ verdict: 'refused', check: 'header', reason: `it has no header "${name}"` });
  });

  test('whatever else stands in its headers is refused and throws nothing', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom(...Object.values(genuineHeaders), 't=,v1=', 'v1,', ',', '='),
    );
    const headers = fc.record(Object.fromEntries(sender.needed.map((name) => [name, value])));
    fc.assert(
      fc.property(headers, (given: Record<string, string>) => {
        const isGenuine = sender.needed.every((name) => given[name] === genuineHeaders[name]);
        expect(verify(given).verdict === 'genuine').toBe(isGenuine);
      }),
    );
  });
});

describe.each(SIGNING)('%s, which signs the body,', (_name, sender) => {
  const { verify, genuineHeaders } = verifierOf(sender);

  test('no changed byte of the body passes', () => {
    const bytes = Buffer.from(BODY);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(verify(genuineHeaders, changed)).toMatchObject({ verdict: 'refused', check: 'signature' });
    }
    expect(verify(genuineHeaders, `${BODY}\n`).verdict).toBe('refused');
    expect(verify(genuineHeaders, '').verdict).toBe('refused');
  });

  test('a body that was parsed and written again is refused', () => {
    expect(verify(genuineHeaders, JSON.stringify(JSON.parse(BODY)))).toMatchObject({ check: 'signature' });
  });
});

describe.each(TIMED)('%s, which signs the time,', (_name, sender) => {
  const { verify } = verifierOf(sender);

  test('its time may be off by the tolerance, and not by more', () => {
    for (const at of [NOW - TOLERANCE_MS, NOW + TOLERANCE_MS]) {
      expect(verify(sender.send(BODY, sender.secret, at)).verdict).toBe('genuine');
    }
    expect(verify(sender.send(BODY, sender.secret, NOW - TOLERANCE_MS - 1_000))).toMatchObject({
      check: 'timestamp',
      reason: expect.stringContaining('is 301 s old; at most 300 s are allowed') as string,
    });
    expect(verify(sender.send(BODY, sender.secret, NOW + TOLERANCE_MS + 1_000))).toMatchObject({
      check: 'timestamp',
      reason: expect.stringContaining('is 301 s in the future') as string,
    });
  });

  test('a fresh time under an old signature is refused', () => {
    const old = sender.send(BODY, sender.secret, NOW - 3_600_000);
    const headers = Object.fromEntries(
      Object.entries(old).map(([name, value]) => [name, value.replace(seconds(NOW - 3_600_000), seconds(NOW))]),
    );
    expect(verify(headers)).toMatchObject({ verdict: 'refused', check: 'signature' });
  });
});

describe.each(SIGNABLE)('%s, as we sign it,', (_name, sender) => {
  const { scheme, verify } = verifierOf(sender);

  test('what is signed for a test delivery is genuine', () => {
    const draft = { body: Buffer.from(BODY), secret: sender.secret, id: 'test_1', type: null, now: NOW };
    const headers = scheme.sign(draft);
    if ('verdict' in headers) throw new Error(String(headers.rule));
    expect(verify(headers as Record<string, string>).verdict).toBe('genuine');
  });
});

function verifierOf(sender: Sender) {
  const scheme = schemeFor(sender.config);
  const verify = (
    headers: Record<string, string>,
    body: string | Buffer = BODY,
    secrets: readonly string[] = [sender.secret],
  ): Verdict => scheme.verify({ headers, body: Buffer.from(body) }, { secrets, now: NOW, toleranceMs: TOLERANCE_MS });
  return { scheme, verify, genuineHeaders: sender.send(BODY, sender.secret, NOW) };
}
