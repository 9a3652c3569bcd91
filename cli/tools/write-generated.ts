/** Writes `docs/reference/cli.md` and `docs/reference/json.md`, and what `sovfn explain` says: `npm run generate -w sovfn`. */
import { writeFile } from 'node:fs/promises';
import { commandReference } from './command-reference.ts';
import { errorTexts } from './error-texts.ts';
import { jsonReference } from './json-reference.ts';

await writeFile(new URL('../../docs/reference/cli.md', import.meta.url), await commandReference());
await writeFile(new URL('../src/explain/error-texts.json', import.meta.url), await errorTexts('en'));
await writeFile(new URL('../src/explain/error-texts-fr.json', import.meta.url), await errorTexts('fr'));
await writeFile(new URL('../../docs/reference/json.md', import.meta.url), jsonReference());
