import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { exampleSchema } from './schema.ts';
import type { ShippedCall, ShippedDelivery, ShippedRun } from './schema.ts';

export interface Example {
  /** The function's name; its folder is called the same. */
  readonly name: string;
  /** Absolute path of the function folder. */
  readonly folder: string;
  readonly calls: readonly ShippedCall[];
  readonly deliveries: readonly ShippedDelivery[];
  /** After all calls and deliveries. */
  readonly runs: readonly ShippedRun[];
}

const EXAMPLES_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE_FILE = 'example.json';

/** Every example of this repository that ships calls, by name. Throws SovfnError `config-invalid`. */
export async function readExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const file of glob(`*/${EXAMPLE_FILE}`, { cwd: EXAMPLES_FOLDER })) {
    examples.push(await readExample(join(EXAMPLES_FOLDER, dirname(file))));
  }
  return examples.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The example in one folder. Throws SovfnError `config-invalid` when its `example.json` breaks the schema. */
export async function readExample(folder: string): Promise<Example> {
  const file = join(folder, EXAMPLE_FILE);
  const parsed = exampleSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) {
    throw new SovfnError('config-invalid', `${file} is not as it must be:\n${z.prettifyError(parsed.error)}`, {
      hint: 'Compare it with examples/shipped-calls/src/schema.ts.',
    });
  }
  return { name: basename(folder), folder, ...parsed.data };
}
