/** Stock workerd with one module, as anybody would run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** The package has no types. */
interface WorkerdPackage {
  readonly default: string;
  readonly compatibilityDate: string;
}

export interface RunningWorkerd extends AsyncDisposable {
  readonly url: string;
}

/** `bindings` are texts in `env`. */
export async function startWorkerd(
  module: string,
  bindings: Readonly<Record<string, string>>,
): Promise<RunningWorkerd> {
  const { default: binary, compatibilityDate } = createRequire(import.meta.url)('workerd') as WorkerdPackage;
  const config = join(dirname(module), 'workerd.capnp');
  const texts = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "bundle.mjs", esModule = embed "bundle.mjs")],
  bindings = [${texts.join(', ')}],
  compatibilityDate = "${compatibilityDate}"
);
`,
  );
  const child = spawn(binary, ['serve', config, '--control-fd=3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const [told] = (await once(child.stdio[3] as Readable, 'data')) as [Buffer];
  const { port } = JSON.parse(told.toString().split('\n')[0]!) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
