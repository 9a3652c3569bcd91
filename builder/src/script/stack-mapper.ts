/**
 * Stack traces of a function, from positions in its script form to the developer's own files.
 *
 * Stacks and source maps are hostile: both come from the function. Guaranteed: mapping never throws, takes time in
 * proportion to the stack's length, which is cut, and names no file outside the function's script. Not guaranteed: that
 * a frame is true, because the function can write its stack itself.
 */
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { SCRIPT_PREFIX_LINES } from './script-form.ts';

/** Longest stack that is looked at, in UTF-16 units. The rest is cut, and a last line says so. */
export const STACK_CHARACTERS = 16_384;

/** Sources of this scheme are the platform's own: the prelude, the builder's entry. */
const INTERNAL = 'sovfn:';

const SCRIPT_FRAME = /^( {4}at (?:async |.{1,300} \()?)([a-z0-9-]{1,63}\.mjs):(\d{1,9}):(\d{1,9})(\)?)$/;
const ANY_FILE_FRAME = /^ {4}at .*:\d+\)?$/;

export type StackMapper = (stack: string) => string;

interface OriginalPosition {
  readonly source: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

type PositionMapper = (line: number, column: number) => OriginalPosition | null;

/**
 * Makes the mapper of one bundle. Frames in the bundle become `src/index.ts:12:5`; frames of the platform, of the
 * bundler's glue and of any other file are dropped. The map is parsed at the first stack (about 10 ms a megabyte); one
 * that cannot be read leaves the positions in the bundle as they are and says so in the stack.
 *
 * `prefixLines`: lines that the script has before the bundle's first; 0 for a stack of the ES module itself.
 */
export function makeStackMapper(sourceMap: string, prefixLines: number = SCRIPT_PREFIX_LINES): StackMapper {
  let opened: OpenedMap | undefined;
  return (stack) => {
    opened ??= openSourceMap(sourceMap, prefixLines);
    const { positions } = opened;
    const lines = stack.slice(0, STACK_CHARACTERS).split('\n');
    const kept = lines.flatMap((line) => mapLine(line, positions));
    if (positions === null)
      kept.push(`    (positions in the bundle: its source map cannot be read: ${opened.failure})`);
    if (stack.length > STACK_CHARACTERS) kept.push(`    (cut at ${STACK_CHARACTERS} characters)`);
    return kept.join('\n');
  };
}

type OpenedMap = { readonly positions: PositionMapper } | { readonly positions: null; readonly failure: string };

function openSourceMap(sourceMap: string, prefixLines: number): OpenedMap {
  try {
    const map = new TraceMap(sourceMap);
    const positions: PositionMapper = (line, column) => lookUp(map, line - prefixLines, column);
    // The mappings are decoded at the first look-up: what is wrong with them must show here.
    positions(prefixLines + 1, 1);
    return { positions };
  } catch (cause) {
    return { positions: null, failure: cause instanceof Error ? cause.message.slice(0, 200) : 'no source map' };
  }
}

function lookUp(map: TraceMap, line: number, column: number): OriginalPosition | null {
  if (line < 1 || column < 1) return null;
  const found = originalPositionFor(map, { line, column: column - 1 });
  if (typeof found.source !== 'string' || found.source.startsWith(INTERNAL)) return null;
  return { source: found.source, line: found.line, column: found.column + 1 };
}

/** The line as it is kept: none when it is a frame outside the function's sources. */
function mapLine(line: string, positions: PositionMapper | null): string[] {
  const frame = SCRIPT_FRAME.exec(line);
  if (frame === null) return ANY_FILE_FRAME.test(line) ? [] : [line];
  if (positions === null) return [line];
  const [, before = '', , lineNumber, column, after = ''] = frame;
  const original = positions(Number(lineNumber), Number(column));
  return original === null ? [] : [`${before}${original.source}:${original.line}:${original.column}${after}`];
}
