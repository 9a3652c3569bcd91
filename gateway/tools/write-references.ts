/** Puts the tables of all metrics into `docs/metrics.md`, and writes `docs/reference/api.md`: `npm run generate -w @sovfn/gateway`. */
import { readFile, writeFile } from 'node:fs/promises';
import { referenceText } from '../src/metrics/reference.ts';
import { apiReference } from './api-reference.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const METRICS = new URL('metrics.md', DOCS);
const [BEGIN, END] = ['<!-- reference: begin (npm run generate -w @sovfn/gateway) -->', '<!-- reference: end -->'];

const page = await readFile(METRICS, 'utf8');
const [before, rest = ''] = page.split(BEGIN);
const [, after] = rest.split(END);
if (after === undefined) throw new Error(`docs/metrics.md must hold "${BEGIN}" and, behind it, "${END}"`);
await writeFile(METRICS, `${before}${BEGIN}\n\n${referenceText()}\n\n${END}${after}`);
await writeFile(new URL('reference/api.md', DOCS), apiReference());
