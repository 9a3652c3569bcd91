import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('any text is encoded, and any bytes decoded, as in Node', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    const bytes = new Uint8Array(await request.arrayBuffer()); const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    let fatal = 'fine'; try { new TextDecoder('utf-8', { fatal: true }).decode(bytes) } catch (error) { fatal = error.name }
    const streaming = new TextDecoder(); let pieces = ''; for (const byte of bytes) pieces += streaming.decode(new Uint8Array([byte]), { stream: true });
    return Response.json([text, fatal, pieces + streaming.decode(), new TextEncoder().encode(text).toHex()]) } };`);
  const interesting = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xa0,
    0xed,
    0x9f,
    0xef,
    0xbb,
    0xf0,
    0x90,
    0xf4,
    0x8f,
    0xf5,
    0xff,
  );
  const whole = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => [...Buffer.from(text)]);
  const bytes = fc
    .array(
      fc.oneof(
        interesting.map((byte) => [byte]),
        whole,
      ),
      { maxLength: 10 },
    )
    .map((parts) => Uint8Array.from(parts.flat()));
  const fatal = (input: Uint8Array): string => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(input) && 'fine';
    } catch (error) {
      return (error as Error).name;
    }
  };
  fc.assert(
    fc.property(bytes, (input) => {
      fc.pre(input.length > 0);
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);
      const expected = [
        text,
        fatal(input) || 'fine',
        new TextDecoder().decode(input),
        Buffer.from(text).toString('hex'),
      ];
      expect(guest.dispatch({ method: 'POST', body: input }).json).toEqual(expected);
    }),
    { numRuns: 400, seed: 20260115 },
  );
});

test('long texts, across every boundary of the coder, survive', () => {
  const seen = inGuest(`const results = [];
    for (const unit of ['a', 'é', '中', '🎉']) for (const length of [4095, 4096, 4097, 10000]) {
      const text = unit.repeat(length); results.push(new TextDecoder().decode(new TextEncoder().encode(text)) === text) }
    return results.every(Boolean);`);
  expect(seen).toBe(true);
});

test('what lies where bytes of megabytes are cut is decoded as in Node', async () => {
  await expectAsInNode(`const results = [];
    const kinds = ['é', '中', '🎉', '\\ufeff'].map((text) => [...new TextEncoder().encode(text)]);
    for (const bytes of [...kinds, [0xf0, 0x9f], [0x80], [0xe2, 0x82, 0x41], [0xc3]]) for (const shift of [0, 1, 2, 3]) {
      const all = new Uint8Array(2 ** 20 + 64).fill(0x41);
      for (let at = 2 ** 20 - 32 + shift; at < 2 ** 20 + 16; at += bytes.length) all.set(bytes, at);
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
      const body = await new Response(all.subarray(2 ** 20 - 4_096)).text();
      results.push(text.length, text.slice(-110), body.slice(-110));
    }
    return results;`);
});

test('encodeInto fills what has room, with whole characters', async () => {
  await expectAsInNode(
    `return ['abc', 'é', '中a', '🎉', 'a\\ud800b'].map((text) => [0, 1, 2, 3, 4, 5].map((size) => { const bytes = new Uint8Array(size); const { read, written } = new TextEncoder().encodeInto(text, bytes); return [read, written, [...bytes]] }));`,
  );
});

test('arguments of the coders are checked', async () => {
  await expectAsInNode(
    attempts(
      `new TextDecoder('none')`,
      `new TextDecoder('utf-8').decode('text')`,
      `new TextDecoder('utf-8').decode(5)`,
      `new TextDecoder(' UTF8 ').encoding`,
      `new TextEncoder().encode().length`,
      `new TextEncoder().encoding`,
      `new TextDecoder().fatal`,
      `[...new TextEncoder().encode('\\ud800')]`,
      `new TextDecoder().decode(new Uint8Array([0x61, 0x62]).subarray(1))`,
      `new TextDecoder().decode(new DataView(new Uint8Array([0x61]).buffer))`,
      `new TextDecoder().decode(undefined)`,
      `TextDecoder()`,
    ),
  );
});

test.each([
  ['latin1', [0x80, 0xe9], '€é', 'windows-1252'],
  ['iso-8859-15', [0xa4], '€', 'iso-8859-15'],
  ['utf-16', [0x61, 0, 0x3d, 0xd8, 0, 0xde], 'a😀', 'utf-16le'],
  ['utf-16be', [0, 0x61], 'a', 'utf-16be'],
  ['shift_jis', [0x83, 0x65, 0x83, 0x58], 'テス', 'shift_jis'],
  ['gbk', [0xc4, 0xe3], '你', 'gbk'],
  ['big5', [0xa7, 0x41], '你', 'big5'],
  ['euc-kr', [0xb0, 0xa1], '가', 'euc-kr'],
  ['koi8-r', [0xc1], 'а', 'koi8-r'],
])('the encoding %s is decoded', (label, bytes, text, name) => {
  expect(
    inGuest(
      `const decoder = new TextDecoder('${label}'); return [decoder.decode(new Uint8Array(${JSON.stringify(bytes)})), decoder.encoding];`,
    ),
  ).toEqual([text, name]);
});

test('a character of several bytes may come in pieces in every encoding', () => {
  expect(
    inGuest(
      `const decoder = new TextDecoder('shift_jis'); return decoder.decode(new Uint8Array([0x83]), { stream: true }) + decoder.decode(new Uint8Array([0x65]));`,
    ),
  ).toBe('テ');
});

test('a byte order mark is dropped once, unless it is asked for', async () => {
  await expectAsInNode(`const mark = [0xef, 0xbb, 0xbf]; const bytes = new Uint8Array([...mark, ...mark, 97]); const streaming = new TextDecoder();
    const parts = [mark.slice(0, 2), mark.slice(2), mark, [97]].map((part) => streaming.decode(new Uint8Array(part), { stream: true }));
    return [new TextDecoder().decode(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), parts, streaming.decode(), streaming.decode(bytes)].map((text) => JSON.stringify(text));`);
});

test('the streams of the Encoding Standard code piece by piece', async () => {
  await expectAsInNode(`const collect = async (stream) => { const all = []; for await (const piece of stream) all.push(piece); return all };
    const from = (...items) => new ReadableStream({ start(c) { for (const item of items) c.enqueue(item); c.close() } });
    const encoded = await collect(from('a', '\\ud83c', '\\udf89', '\\ud800').pipeThrough(new TextEncoderStream()));
    const decoded = await collect(from(new Uint8Array([0xf0, 0x9f]), new Uint8Array([0x8e, 0x89, 0xff])).pipeThrough(new TextDecoderStream()));
    return [encoded.flatMap((bytes) => [...bytes]), decoded.join(''), new TextDecoderStream('utf-16', { fatal: true }).encoding,
      await collect(from(new Uint8Array([255])).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))).catch((error) => error.name)];`);
});

test('atob and btoa are those of HTML', async () => {
  await expectAsInNode(
    attempts(
      ...[`''`, `'a'`, `'\\u00ff\\u0000'`, `'\\u0100'`, `undefined`, `null`].map((text) => `btoa(${text})`),
      ...[
        `''`,
        `'YQ=='`,
        `'YQ'`,
        `' Y Q = = '`,
        `'YQ='`,
        `'Y'`,
        `'Y!=='`,
        `'ab=c'`,
        `null`,
        `'/+8='`,
        `'_-8='`,
        `'YR=='`,
      ].map((text) => `atob(${text})`),
      `btoa()`,
      `atob()`,
    ),
  );
});
