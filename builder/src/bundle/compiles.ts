/** What V8 refuses and esbuild does not see, such as an invalid regular expression, is an error here and not on the node. */
import { Script } from 'node:vm';
import { SovfnError } from '@sovfn/protocol/errors';
import { scriptName, toScriptForm } from '../script/script-form.ts';
import { makeStackMapper } from '../script/stack-mapper.ts';

/** Compiles the bundle's script form without running it. */
export function assertCompiles(bundle: string, sourceMap: string, functionName: string): void {
  const { script } = toScriptForm(bundle);
  const filename = scriptName(functionName);
  try {
    new Script(script, { filename });
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const at = findPosition(cause, filename, sourceMap);
    throw new SovfnError('build-failed', `${at}V8 refuses the code: ${cause.message}.`, { cause });
  }
}

/** Node writes the place of a syntax error above the stack: `file:line`, the line, and a mark below the column. */
function findPosition(error: SyntaxError, filename: string, sourceMap: string): string {
  const [head = '', , mark = ''] = (error.stack ?? '').split('\n', 3);
  const line = head.slice(head.lastIndexOf(':') + 1);
  const frame = `    at ${filename}:${line}:${mark.indexOf('^') + 1}`;
  const mapped = makeStackMapper(sourceMap)(frame).replace('    at ', '');
  return mapped === '' ? '' : `${mapped}: `;
}
