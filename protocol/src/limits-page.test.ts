import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { functionLimitsSchema } from './limits.ts';

const PAGE = new URL('../../docs/limits.md', import.meta.url);

test('docs/limits.md has each limit of a function, with the default that holds', async () => {
  const rows = [...(await readFile(PAGE, 'utf8')).matchAll(/^\| `(\w+)` \| (\S+) \| /gm)];
  const documented = new Map(
    rows.map(([, limit, value]) => [limit, value === 'none' ? undefined : Number(value!.replaceAll(',', ''))]),
  );
  const defaults = functionLimitsSchema.parse({});
  for (const limit of Object.keys(functionLimitsSchema.shape) as (keyof typeof defaults)[]) {
    expect([...documented.keys()]).toContain(limit);
    expect(documented.get(limit), limit).toBe(defaults[limit]);
  }
});
