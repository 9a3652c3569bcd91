/** Runs bundles as a node does: as a script in an isolate of isolated-vm. */
import ivm from 'isolated-vm';
import { scriptName, toScriptForm } from '../src/script/index.ts';

const MEMORY_MB = 64;
const LIMIT_MS = 5_000;

/**
 * Loads the bundle and answers what `expression` yields for its `handler`, copied. Neither may wait for anything but
 * promises that are settled: there are no timers.
 */
export async function runInIsolate(bundle: string, expression: string): Promise<unknown> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  try {
    const context = await isolate.createContext();
    const script = await isolate.compileScript(toScriptForm(bundle).script, { filename: scriptName('hello') });
    const module: ivm.Reference = await script.run(context, { reference: true, promise: true, timeout: LIMIT_MS });
    const evaluate = `return (async ({ default: handler }) => ${expression})($0.deref())`;
    return await context.evalClosure(evaluate, [module], { result: { promise: true, copy: true }, timeout: LIMIT_MS });
  } finally {
    isolate.dispose();
  }
}
