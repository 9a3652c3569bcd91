/** `node:path`, in its POSIX form. There are no files: `/` is the working directory. Not here: `win32`, `matchesGlob`. */
const sep = '/';
const delimiter = ':';

interface ParsedPath {
  root: string;
  dir: string;
  base: string;
  ext: string;
  name: string;
}

function requireText(value: unknown, name: string): void {
  if (typeof value === 'string') return;
  const error = new TypeError(`The "${name}" argument must be of type string. Received ${typeof value}`);
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

/** Segments without `.`, and with `..` only where nothing is left to take away. */
function resolveSegments(path: string, isRooted: boolean): string[] {
  const segments: string[] = [];
  for (const segment of path.split(sep)) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.length > 0 && segments.at(-1) !== '..') segments.pop();
    else if (!isRooted) segments.push('..');
  }
  return segments;
}

const isAbsolute = (path: string): boolean => (requireText(path, 'path'), path.startsWith(sep));

function normalize(path: string): string {
  const isRooted = isAbsolute(path);
  const text = resolveSegments(path, isRooted).join(sep);
  if (text === '') return isRooted ? sep : path.endsWith(sep) ? './' : '.';
  return (isRooted ? sep : '') + text + (path.endsWith(sep) ? sep : '');
}

function join(...paths: string[]): string {
  for (const path of paths) requireText(path, 'path');
  return normalize(paths.filter((path) => path !== '').join(sep) || '.');
}

function resolve(...paths: string[]): string {
  for (const path of paths) requireText(path, 'path');
  const from = paths.findLastIndex((path) => path.startsWith(sep));
  return sep + resolveSegments(paths.slice(Math.max(from, 0)).join(sep), true).join(sep);
}

function relative(from: string, to: string): string {
  const source = resolveSegments(resolve(from), true);
  const target = resolveSegments(resolve(to), true);
  let common = 0;
  while (common < source.length && source[common] === target[common]) common++;
  return [...source.slice(common).map(() => '..'), ...target.slice(common)].join(sep);
}

const withoutEnd = (path: string): string => path.replace(/(?<!^)\/+$/, '');

function dirname(path: string): string {
  requireText(path, 'path');
  const text = withoutEnd(path);
  const at = text.lastIndexOf(sep);
  if (at === -1) return '.';
  return text.slice(0, at) || sep;
}

function basename(path: string, suffix = ''): string {
  requireText(path, 'path');
  const text = withoutEnd(path);
  const base = text.slice(text.lastIndexOf(sep) + 1);
  if (suffix !== '' && suffix === path) return '';
  return suffix !== '' && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base;
}

function extname(path: string): string {
  const base = basename(path);
  const at = base.lastIndexOf('.');
  return at <= 0 || base === '..' ? '' : base.slice(at);
}

function parse(path: string): ParsedPath {
  const root = isAbsolute(path) ? sep : '';
  const base = basename(path);
  const ext = extname(path);
  const isPlain = !withoutEnd(path).includes(sep);
  const dir = isPlain ? root : dirname(path);
  return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
}

function format({ root = '', dir = root, base, name = '', ext = '' }: Partial<ParsedPath>): string {
  const file = base ?? name + (ext === '' || ext.startsWith('.') ? ext : `.${ext}`);
  return dir === '' ? file : dir === root ? dir + file : dir + sep + file;
}

const toNamespacedPath = (path: string): string => path;

const posix = {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
};
Object.assign(posix, { posix });

export {
  basename,
  posix as default,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  posix,
  relative,
  resolve,
  sep,
  toNamespacedPath,
};
