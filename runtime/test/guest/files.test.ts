import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('blobs are made of every kind of part', async () => {
  await expectAsInNode(`const blob = new Blob(['é', new Uint8Array([1, 2]), new Uint8Array([3, 4, 5]).subarray(1), new Uint8Array([6]).buffer, new Blob(['x']), 7, null, {}], { type: 'Text/PLAIN' });
    return [blob.size, blob.type, [...new Uint8Array(await blob.arrayBuffer())], await new Blob(['a', 'b']).text()];`);
});

test('arguments of Blob and File are checked', async () => {
  await expectAsInNode(
    attempts(
      `new Blob().size`,
      `new Blob(null)`,
      `new Blob('text')`,
      `new Blob(5)`,
      `new Blob({})`,
      `new Blob([], { type: 'a\\u0001b' }).type`,
      `new Blob([], { type: 'é' }).type`,
      `new Blob(['a\\r\\nb\\rc'], { endings: 'native' }).text()`,
      `new Blob([], { endings: 'x' })`,
      `new File(['a'])`,
      `new File([], 'name').name`,
      `new File(['abc'], 'n', { type: 'a/b', lastModified: 5 }).lastModified`,
      `new File([], 'n') instanceof Blob`,
      `Object.prototype.toString.call(new File([], 'n'))`,
    ),
  );
});

test('slices are as the File API says', async () => {
  const slice = (args: string): string => `new Blob(['abcdef']).slice(${args}).text()`;
  await expectAsInNode(
    attempts(
      ...['', '2', '2, 4', '-2', '1, -1', '4, 2', '0, 99', '-99, 2', 'NaN', '"1"', '1.5, 3.5', '2, 4, "A/B"'].map(
        slice,
      ),
    ),
  );
});

test('a blob streams its bytes, and what was read changes nothing in it', async () => {
  await expectAsInNode(`const blob = new Blob(['hello ', 'world']); const pieces = [];
    for await (const piece of blob.stream()) { pieces.push(...piece); piece.fill(0) }
    return [new TextDecoder().decode(new Uint8Array(pieces)), await blob.text()];`);
});

test('FormData keeps its entries in order, and makes files of blobs', async () => {
  await expectAsInNode(`const form = new FormData(); form.append('a', 1); form.append('b', new Blob(['x'], { type: 'a/b' })); form.append('a', '2'); form.append('c', new File(['y'], 'y.txt'), 'z.txt');
    const show = (value) => value instanceof File ? [value.name, value.type, value.size] : value;
    const all = [...form].map(([key, value]) => [key, show(value)]); form.set('a', '3'); form.delete('b');
    return [all, [...form.keys()], form.get('a'), form.getAll('c').map(show), form.has('b'), form.get('none')];`);
});

test('FormData checks its arguments', async () => {
  await expectAsInNode(
    attempts(
      `new FormData(5)`,
      `new FormData().append('a')`,
      `new FormData().append('a', 'b', 'c')`,
      `new FormData().set('a', {}, 'c')`,
      `new FormData().get()`,
    ),
  );
});

test('a form survives being sent and read', async () => {
  await expectAsInNode(`const form = new FormData();
    form.append('plain', 'a\\r\\nb\\nc\\rd'); form.append('na"me\\r\\n', 'ü'); form.append('file', new File([new Uint8Array([0, 13, 10, 45, 45, 255])], 'fi"le\\n.bin', { type: 'x/y' })); form.append('empty', new Blob([]));
    const read = await new Response(form).formData();
    return Promise.all([...read].map(async ([key, value]) => [key, value instanceof File ? [value.name, value.type, [...new Uint8Array(await value.arrayBuffer())]] : value]));`);
});

const BOUNDED = { 'content-type': 'multipart/form-data; boundary=X' };

function readForm(body: string, headers: object = BOUNDED): unknown {
  return inGuest(`try {
      const form = await new Response(${JSON.stringify(body)}, { headers: ${JSON.stringify(headers)} }).formData();
      return Promise.all([...form].map(async ([key, value]) => [key, typeof value === 'string' ? value : [value.name, value.type, await value.text()]]));
    } catch (error) { return error.name }`);
}

test.each([
  ['--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--X--\r\n', [['a', '1']]],
  ['--X\r\ncontent-disposition: FORM-DATA; name=a\r\n\r\n\r\n--X--', [['a', '']]],
  [
    '\r\n--X\r\nContent-Disposition: form-data; name="a"; filename="f"\r\nContent-Type: Text/X\r\nX-Other: y\r\n\r\nbody--X\r\n--X--',
    [['a', ['f', 'text/x', 'body--X']]],
  ],
  [
    '--X\r\nContent-Disposition: form-data; name="a%22%0D%0A"; filename=""\r\n\r\n1\r\n--X--',
    [['a"\r\n', ['', 'text/plain', '1']]],
  ],
  ['--X--', []],
])('multipart is read: %j', (body, expected) => {
  expect(readForm(body)).toEqual(expected);
});

test.each([
  '',
  'no boundary',
  '--X',
  '--X\r\n',
  '--X\r\n\r\nvalue\r\n--X--',
  '--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end',
  '--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--',
  '--X\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--X--',
  '--X\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--X--',
  '--X\r\n: x\r\n\r\n1\r\n--X--',
  '--XY\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--XY--',
])('malformed multipart is a TypeError: %j', (body) => {
  expect(readForm(body)).toBe('TypeError');
});

test('forms that are url-encoded are read; other types are refused', () => {
  expect(readForm('a=1&b=%C3%BC+x', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })).toEqual([
    ['a', '1'],
    ['b', 'ü x'],
  ]);
  expect(readForm('a=1', { 'content-type': 'text/plain' })).toBe('TypeError');
  expect(readForm('--X--', { 'content-type': 'multipart/form-data' })).toBe('TypeError');
});

test('the type of a blob read from a body is its MIME type, serialized', () => {
  const typeOf = (header: string): unknown =>
    inGuest(`return (await new Response('', { headers: { 'content-type': ${JSON.stringify(header)} } }).blob()).type`);
  expect([
    typeOf('Text/HTML;Charset=UTF-8; x="a b"'),
    typeOf('bad'),
    typeOf('text/a, text/b; q=1'),
    typeOf('text/a;charset=x, text/a'),
  ]).toEqual(['text/html;charset=UTF-8;x="a b"', '', 'text/b;q=1', 'text/a;charset=x']);
});
