/** Writes `docs/reference/cli.md`: `npm run generate -w sovfn`. */
import { writeFile } from 'node:fs/promises';
import { commandReference } from './command-reference.ts';

await writeFile(new URL('../../docs/reference/cli.md', import.meta.url), await commandReference());
