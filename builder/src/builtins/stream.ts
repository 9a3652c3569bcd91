/** `node:stream`: the streams of Node's own package for other platforms, and the ways to and from those of the Web. */
import Stream from 'readable-stream';
import { fromWebReadable, toWebReadable } from './web-streams.ts';

const {
  addAbortSignal,
  compose,
  destroy,
  Duplex,
  finished,
  isDisturbed,
  isErrored,
  isReadable,
  PassThrough,
  pipeline,
  promises,
  Readable,
  Transform,
  Writable,
} = Stream as typeof Stream & Readonly<Record<'destroy' | 'isDisturbed' | 'isErrored' | 'isReadable', unknown>>;

Object.assign(Readable, {
  fromWeb: (stream: ReadableStream<unknown>) => fromWebReadable(Readable, stream),
  toWeb: toWebReadable,
});

export {
  addAbortSignal,
  compose,
  Stream as default,
  destroy,
  Duplex,
  finished,
  isDisturbed,
  isErrored,
  isReadable,
  PassThrough,
  pipeline,
  promises,
  Readable,
  Stream,
  Transform,
  Writable,
};
