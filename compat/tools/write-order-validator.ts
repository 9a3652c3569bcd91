/** Writes the validator that the claims of ajv use: its standalone mode, which runs where the function is developed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

const SCHEMA = {
  $id: 'order',
  type: 'object',
  required: ['id', 'lines'],
  properties: {
    id: { type: 'integer' },
    lines: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
    },
  },
};
const FOLDER = new URL('../packages/generated/', import.meta.url);

const ajv = new Ajv({ code: { source: true, esm: true } });
ajv.addSchema(SCHEMA);
await mkdir(FOLDER, { recursive: true });
const write = standalone as unknown as (ajv: Ajv, names: Readonly<Record<string, string>>) => string;
await writeFile(new URL('order-validator.js', FOLDER), `${write(ajv, { validateOrder: 'order' })}\n`);
