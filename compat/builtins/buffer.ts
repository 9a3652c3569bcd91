import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { sampling, type Samples } from '../src/samples.ts';

const ENCODINGS = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le'] as const;
const bytes = Buffer.from([0, 255, 62, 63, 128, 97, 233]);

export const samples: Samples = {
  'bytes to text in every encoding': () => ENCODINGS.map((encoding) => bytes.toString(encoding)),
  'text to bytes in every encoding': () => ENCODINGS.map((encoding) => [...Buffer.from('00ffZm9v_-', encoding)]),
  'long and broken UTF-8': () => [
    Buffer.from('é€😀'.repeat(40)).toString(),
    Buffer.from([0xef, 0xbb, 0xbf, 0xff, 97]).toString(),
    Buffer.concat([Buffer.alloc(70, 'a'), Buffer.from([0xc3])]).toString('utf8', 1),
  ],
  'sizes and names of encodings': () => [
    ENCODINGS.map((encoding) => Buffer.byteLength('Zm9v', encoding)),
    Buffer.isEncoding('BASE64URL'),
    Buffer.isEncoding('nope'),
  ],
  numbers: () => {
    const buffer = Buffer.alloc(24);
    buffer.writeUInt32BE(0xdeadbeef, 0);
    buffer.writeDoubleLE(1.5, 4);
    buffer.writeBigInt64BE(-2n, 12);
    buffer.writeIntLE(-300, 20, 3);
    return [buffer.toString('hex'), buffer.readUInt32BE(0), buffer.readDoubleLE(4), String(buffer.readBigInt64BE(12))];
  },
  'views, copies, searches and comparisons': () => {
    const buffer = Buffer.from('hello world');
    const view = buffer.subarray(0, 5);
    view[0] = 72;
    return [
      buffer.toString(),
      buffer.indexOf('world'),
      buffer.includes('Hello'),
      buffer.equals(Buffer.from('Hello world')),
      Buffer.compare(Buffer.from('a'), Buffer.from('b')),
      Buffer.concat([view, Buffer.from('!')]).toString(),
      view instanceof Uint8Array,
      Buffer.isBuffer(view),
    ];
  },
  JSON: () => JSON.stringify(Buffer.from('ab')),
  'kinds of text': () => [isUtf8(Buffer.from([0xff])), isUtf8(Buffer.from('é')), isAscii(Buffer.from('é'))],
};

const handler = sampling(samples);
export { handler as default };
