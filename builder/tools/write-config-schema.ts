/** Writes `cli/sovfn.schema.json`, which the package `sovfn` ships for editors. Run after a change of the configuration's schema. */
import { writeFile } from 'node:fs/promises';
import { configJsonSchemaText } from '../src/config/json-schema.ts';

await writeFile(new URL('../../cli/sovfn.schema.json', import.meta.url), configJsonSchemaText());
