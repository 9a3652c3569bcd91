/**
 * `npm run docs [-- --serve [--port <n>]]`: builds `docs/` as a site of plain files in `dist/docs`. Once its generator is
 * installed it needs no network. `--serve` then shows the site on this machine.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './run.ts';
import { buildSite, showSite } from './site.ts';

const { values } = parseArgs({
  options: { serve: { type: 'boolean', default: false }, port: { type: 'string', default: '8090' } },
});
const folder = join(ROOT, 'dist/docs');
await buildSite(folder);
process.stdout.write(`${folder}\n`);
if (values.serve) process.exitCode = await showSite(folder, values.port);
