import { Buffer } from 'node:buffer';
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { sampling, type Samples } from '../src/samples.ts';

const upper = (): Transform =>
  new Transform({ transform: (chunk: Buffer, _, done) => done(null, chunk.toString().toUpperCase()) });
const read = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
};

export const samples: Samples = {
  'a pipeline of a source, a transformation and a sink': async () => {
    const seen: string[] = [];
    const sink = new Writable({ write: (chunk: Buffer, _, done) => (seen.push(chunk.toString()), done()) });
    await pipeline(Readable.from(['a', 'b']), upper(), sink);
    return seen;
  },
  'a pipeline fails with its source': async () =>
    pipeline(
      Readable.from(
        (async function* () {
          yield 'a';
          throw new RangeError('x');
        })(),
      ),
      upper(),
      new PassThrough().resume(),
    ),
  'events of a readable': async () => {
    const seen: string[] = [];
    const stream = new PassThrough();
    for (const name of ['data', 'end', 'finish', 'close']) stream.on(name, () => seen.push(name));
    stream.end('x');
    await new Promise((resolve) => stream.on('close', resolve));
    return seen;
  },
  'back-pressure': () => {
    const sink = new Writable({ highWaterMark: 3, write: () => undefined });
    return [sink.write('ab'), sink.write('cd'), sink.writableLength];
  },
  'to and from streams of the Web': async () => {
    const web = Readable.toWeb(Readable.from([Buffer.from('a'), Buffer.from('b')])) as unknown as ReadableStream;
    const text = await new Response(web).text();
    return [text, await read(Readable.fromWeb(new Response('xyz').body as never))];
  },
  'helpers of readables': async () => [
    await Readable.from([1, 2, 3])
      .map((value: number) => value * 2)
      .toArray(),
    await read(Duplex.from('hello')),
  ],
  'decoding across chunks': () => {
    const decoder = new StringDecoder('utf8');
    const euro = Buffer.from('€');
    return [decoder.write(euro.subarray(0, 1)), decoder.write(euro.subarray(1)), decoder.end(Buffer.from([0xe2]))];
  },
};

const handler = sampling(samples);
export { handler as default };
