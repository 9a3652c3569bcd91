/**
 * The script form of a bundle: what a node runs. isolated-vm uses V8's code cache for scripts only, so the published ES
 * module becomes a strict script whose completion value is a promise of `{ default: handler }`.
 *
 * The published text comes from the network and may be anything. Guaranteed: the result is one script, or the error
 * `bad-bundle`. Not guaranteed: that it compiles, or that it stays inside its wrapper. It needs to do neither, because
 * it runs with the rights of its own function either way.
 */
import { SovfnError } from '@sovfn/protocol/errors';

/** Lines of the script form before the first line of the bundle: what a position in the script is ahead by. */
export const SCRIPT_PREFIX_LINES = 1;

const PREFIX = '"use strict";(async()=>{\n';
const suffix = (handler: string): string => `\n;return{default:${handler}}})()`;

/**
 * How every bundle ends: on a line of its own, so that it cannot be the end of a comment; and as the last thing in the
 * text, so that it cannot lie inside a string, template or regular expression.
 */
export const exportLine = (handler: string): string => `export{${handler} as default};\n`;
const EXPORT_LINE = /(?:^|\n)export\{([^\s{}()[\],;:'"`=]{1,512}) as default\};\n$/;

/** Characters at the end of the text among which the export line must lie. */
const TAIL = 1_024;

const QUOTED_TAIL = 60;

/** Name of the script in stack traces. */
export const scriptName = (functionName: string): string => `${functionName}.mjs`;

export interface ScriptForm {
  readonly script: string;
  /** Lines of the script before the bundle's first: always SCRIPT_PREFIX_LINES. Columns are the bundle's. */
  readonly prefixLines: number;
}

/**
 * Script form of a published bundle.
 *
 * @throws SovfnError `bad-bundle` when the text does not end as the builder ends it.
 */
export function toScriptForm(bundle: string): ScriptForm {
  const tail = bundle.slice(-TAIL);
  const match = EXPORT_LINE.exec(tail);
  const handler = match?.[1];
  if (match === null || handler === undefined) throw badBundle(tail);
  const body = bundle.slice(0, bundle.length - tail.length + match.index);
  return { script: PREFIX + body + suffix(handler), prefixLines: SCRIPT_PREFIX_LINES };
}

function badBundle(tail: string): SovfnError {
  return new SovfnError(
    'bad-bundle',
    `The bundle ends in ${JSON.stringify(tail.slice(-QUOTED_TAIL))}; it must end in a line export{name as default};`,
    { hint: 'Deploy with `sovfn deploy`, which makes bundles of this form.' },
  );
}
