/** A part of the Web Platform Tests with every `npm test`; `npm run wpt` runs them all and fills the cache. */
import { describe, expect, it } from 'vitest';
import { surpriseLines } from '../report/text.ts';
import { runArea } from '../run/area.ts';
import { AREAS } from '../suite/areas.ts';
import { findSuite } from '../suite/provide.ts';

const PROCESSES = 2;
const AREA_LIMIT_MS = 120_000;

const suite = findSuite(process.env);
if (suite === null) {
  process.stderr.write('SKIPPED: the Web Platform Tests are not in the cache. "npm run wpt" gets them and runs all.\n');
}

describe.skipIf(suite === null)(
  'an isolate passes the Web Platform Tests, but for what is expected to fail, of',
  () => {
    for (const { name } of AREAS.filter(({ isInSample }) => isInSample)) {
      it(name, { timeout: AREA_LIMIT_MS }, async () => {
        const { surprises, subtests } = await runArea(suite!, name, { processes: PROCESSES });
        expect(surpriseLines(surprises)).toBe('');
        expect(subtests.total).toBeGreaterThan(0);
      });
    }
  },
);
