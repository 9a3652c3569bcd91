import path, { posix } from 'node:path';
import { sampling, type Samples } from '../src/samples.ts';

const PATHS = [
  '/a/b/../c/./d.tar.gz',
  'a//b/',
  '../x',
  '',
  '.',
  '/',
  '.bashrc',
  'a.',
  '//server/x',
  '..',
  'a/..',
  './a',
  'a/b/',
  '/a',
];

export const samples: Samples = {
  normalize: () => PATHS.map((one) => path.normalize(one)),
  parse: () => PATHS.map((one) => path.parse(one)),
  'parse and format again': () => PATHS.map((one) => path.format(path.parse(one))),
  'dirname, basename, extname': () => PATHS.map((one) => [path.dirname(one), path.basename(one), path.extname(one)]),
  'basename with a suffix': () => [path.basename('/a/b.html', '.html'), path.basename('.html', '.html')],
  join: () => [path.join('/a', '..', 'b', '/c'), path.join(), path.join('', 'a'), path.join('a', '../../b')],
  'resolve from the root': () => [path.resolve('/a', 'b', '../c'), path.resolve('/a', '/b'), path.resolve('/')],
  relative: () => [path.relative('/a/b/c', '/a/d'), path.relative('/a', '/a'), path.relative('/', '/x/y')],
  'wrong arguments': () => path.join(1 as never),
  'the same object as posix': () => posix.sep === path.sep,
};

const handler = sampling(samples);
export { handler as default };
