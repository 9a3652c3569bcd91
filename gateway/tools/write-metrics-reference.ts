/** Puts the tables of all metrics into `docs/metrics.md`: `npm run generate -w @sovfn/gateway`. */
import { readFile, writeFile } from 'node:fs/promises';
import { referenceText } from '../src/metrics/reference.ts';

const PAGE = new URL('../../docs/metrics.md', import.meta.url);
const [BEGIN, END] = ['<!-- reference: begin (npm run generate -w @sovfn/gateway) -->', '<!-- reference: end -->'];

const page = await readFile(PAGE, 'utf8');
const [before, rest = ''] = page.split(BEGIN);
const [, after] = rest.split(END);
if (after === undefined) throw new Error(`docs/metrics.md must hold "${BEGIN}" and, behind it, "${END}"`);
await writeFile(PAGE, `${before}${BEGIN}\n\n${referenceText()}\n\n${END}${after}`);
