/** Writes the files in `input/`: `node examples/csv-import/tools/write-input.ts`. A test compares them with this. */
import { writeFile } from 'node:fs/promises';
import { SHIPPED_FILES } from './shipped-files.ts';

for (const { name, bytes } of SHIPPED_FILES) {
  await writeFile(new URL(`../input/${name}`, import.meta.url), bytes);
}
