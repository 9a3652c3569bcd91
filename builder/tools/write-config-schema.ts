/**
 * Writes what is made of the configuration's schema: `cli/sovfn.schema.json`, which the package `sovfn` ships for editors, and
 * `docs/reference/config.md`. Run after a change of it.
 */
import { writeFile } from 'node:fs/promises';
import { configJsonSchemaText } from '../src/config/json-schema.ts';
import { configReference } from './config-reference.ts';

const ROOT = new URL('../../', import.meta.url);
await writeFile(new URL('cli/sovfn.schema.json', ROOT), configJsonSchemaText());
await writeFile(new URL('docs/reference/config.md', ROOT), configReference());
