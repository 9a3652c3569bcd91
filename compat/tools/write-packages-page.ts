/** Writes `docs/packages.md`. */
import { writeFile } from 'node:fs/promises';
import { packagesPage } from '../src/packages-page.ts';
import { readSuite } from '../src/suite.ts';

await writeFile(new URL('../../docs/packages.md', import.meta.url), packagesPage(await readSuite()));
