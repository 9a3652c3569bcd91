import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The tables of the multi-byte encodings (@exodus/bytes) as JSON text, for the operation `encodingTables`. The bundle of
 * the cell has the text itself in the place of this module (see supervisor/programs.ts): a locked cell reads no file.
 */
export const ENCODING_TABLES = readFileSync(
  join(
    dirname(createRequire(import.meta.url).resolve('@exodus/bytes/encoding.js')),
    'fallback/multi-byte.encodings.json',
  ),
  'utf8',
);
