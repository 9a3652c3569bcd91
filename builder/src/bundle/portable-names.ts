/**
 * Names of files in bundle and source map that are the same on every machine: a package has one name wherever npm put
 * it, and nothing names a folder outside of the function's.
 */
import { decodedMappings, encodedMappings, type SourceMapSegment, TraceMap } from '@jridgewell/trace-mapping';

/**
 * Portable name of a path relative to the function's folder: `node_modules/<package>/…` for files of packages, wherever
 * these lie. Files beside the folder keep their relative path.
 */
export function portableName(path: string): string {
  const segments = path.split('/');
  const packages = segments.lastIndexOf('node_modules');
  return packages === -1 ? path : segments.slice(packages).join('/');
}

/**
 * Portable name of a source in the map. A source that is neither a file of the folder nor of a package was named by the
 * source map of a package, and may name a folder of its author: only its file name is kept.
 */
function portableSource(source: string, isOwn: (path: string) => boolean): string {
  const path = decodePath(source).replace(/^\.\//, '');
  const name = portableName(path);
  return name !== path || name.startsWith('node_modules/') || isOwn(path)
    ? name
    : `external/${path.slice(path.lastIndexOf('/') + 1)}`;
}

/** esbuild writes sources as URLs; those of a package may be anything. */
function decodePath(source: string): string {
  return source.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
  );
}

interface Bundle {
  readonly bundle: string;
  readonly sourceMap: string;
}

interface SourceMapText {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** `isOwn`: says whether a path relative to the folder is a file of the developer's. */
export function withPortableNames(text: string, sourceMap: string, isOwn: (path: string) => boolean): Bundle {
  const map = JSON.parse(sourceMap) as SourceMapText;
  const { renamed, edits } = renameWrappers(text);
  const mappings = edits.size === 0 ? map.mappings : shiftMappings(sourceMap, edits);
  const sources = map.sources.map((source) => portableSource(source, isOwn));
  return { bundle: renamed, sourceMap: JSON.stringify({ ...map, sources, mappings }) };
}

/** esbuild names each module that it wraps in a function by its path: `require_x=__commonJS({"../node_modules/x.js"(`. */
const WRAPPER = /(=__(?:commonJS|esm)\d*\(\{")((?:[^"\\]|\\.)+)"\(/g;

/** What the source map counts as the end of a line. */
const LINE_END = /(\r\n|[\n\r\u2028\u2029])/;

interface Edit {
  /** Where the removed text began, from 0, before any edit of the line. */
  readonly column: number;
  readonly removed: number;
}

/** Edits by line, from 0. */
type Edits = Map<number, Edit[]>;

function renameWrappers(bundle: string): { renamed: string; edits: Edits } {
  const edits: Edits = new Map();
  const parts = bundle.split(LINE_END);
  const renamed = parts.map((part, index) => {
    const lineEdits: Edit[] = [];
    const text = part.replace(WRAPPER, (match, before: string, path: string, column: number) => {
      const name = portableName(path);
      if (name === path) return match;
      lineEdits.push({ column: column + before.length, removed: path.length - name.length });
      return `${before}${name}"(`;
    });
    // Every other part is a line end.
    if (lineEdits.length > 0) edits.set(index / 2, lineEdits);
    return text;
  });
  return { renamed: renamed.join(''), edits };
}

function shiftMappings(sourceMap: string, edits: Edits): string {
  const map = new TraceMap(sourceMap);
  const mappings = decodedMappings(map).map((segments, line) => shiftLine(segments, edits.get(line) ?? []));
  return encodedMappings(new TraceMap({ version: 3, names: map.names, sources: map.sources, mappings }));
}

/** Both segments and edits are in the order of their columns. */
function shiftLine(segments: readonly Readonly<SourceMapSegment>[], edits: readonly Edit[]): SourceMapSegment[] {
  let next = 0;
  let removed = 0;
  return segments.map(([column, ...original]) => {
    for (let edit = edits[next]; edit !== undefined && edit.column < column; edit = edits[++next])
      removed += edit.removed;
    return [column - removed, ...original] as SourceMapSegment;
  });
}
