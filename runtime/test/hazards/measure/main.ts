/** `npm run hazards [-- <program> …]`: without names it runs all of them and writes docs/hazards.md. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { CONTROL, HAZARDS } from '../corpus.ts';
import { HazardWorld } from '../hazard-world.ts';
import { Caller, stepBack } from './caller.ts';
import { type Measured, measureHazard } from './measure.ts';
import { hazardsPage } from './page.ts';

const PAGE = new URL('../../../../docs/hazards.md', import.meta.url);

const names = process.argv.slice(2);
const chosen = [...HAZARDS, CONTROL].filter(({ program }) => names.length === 0 || names.includes(program));
const loadBefore = loadavg()[0]!;
await using world = await HazardWorld.start();
stepBack();
await using neighbour = new Caller(world.addressOf('neighbour'));
const results: Measured[] = [];
for (const hazard of chosen) {
  const result = await measureHazard(world, neighbour, hazard);
  results.push(result);
  process.stderr.write(`${JSON.stringify(result)}\n`);
}
const page = hazardsPage(results, loadBefore, new Date());
if (names.length === 0) await writeFile(PAGE, page);
else process.stdout.write(page);
