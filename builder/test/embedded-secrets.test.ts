import { expect, test } from 'vitest';
import { buildFunction } from '../src/index.ts';
import { makeFunctionFolder } from './folder.ts';

const letters = (count: number): string => 'aB3dE5fG7hJ9'.repeat(count).slice(0, count);

/** Put together here, so that nobody who searches these files for keys finds any. */
const KEYS: readonly (readonly [what: string, key: string])[] = [
  ['an access key of AWS', `AKIA${'Q7'.repeat(8)}`],
  ['a live key of Stripe', `sk_${'live'}_${letters(24)}`],
  ['a signing secret of webhooks', `whsec_${letters(32)}`],
  ['a token of GitHub', `ghp_${letters(36)}`],
  ['a token of GitLab', `glpat-${letters(20)}`],
  ['a token of Slack', `xoxb-${letters(24)}`],
  ['a key of Google', `AIza${letters(35)}`],
  ['a token of npm', `npm_${letters(36)}`],
  ['a key of SendGrid', `SG.${letters(22)}.${letters(43)}`],
  ['a token of Shopify', `shpat_${'0a'.repeat(16)}`],
  ['a token of this platform', `sovfn_${letters(43)}`],
  ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----\\n${letters(64)}\\n${letters(64)}\\n-----END PRIVATE KEY-----`],
];

test.each(KEYS)('%s in the code is refused, with file and line and without the key', async (what, key) => {
  await using folder = await makeFunctionFolder({
    'src/index.ts': `import { key } from './key.ts';\nexport default { fetch: () => new Response(key) };`,
    'src/key.ts': `// a comment\nexport const key = '${key}';\n`,
  });
  const refusal = await buildFunction(folder.path).catch((error: unknown) => error as Error);
  expect(refusal).toMatchObject({ code: 'secret-in-bundle' });
  expect((refusal as Error).message).toMatch(new RegExp(`^src/key\\.ts:2:\\d+: There is ${what} in the code\\.`));
  expect(JSON.stringify(refusal) + (refusal as Error).message).not.toContain(key.slice(8, 24));
});

test('one in a file that the code imports as text or JSON, and one in vars, are found too', async () => {
  const [, key] = KEYS[1]!;
  await using folder = await makeFunctionFolder(
    {
      'src/index.ts': `import data from './data.json'; export default { data };`,
      'src/data.json': `{ "key": "${key}" }`,
    },
    { vars: { STRIPE: key } },
  );
  await expect(buildFunction(folder.path)).rejects.toThrow(
    /^There is a live key of Stripe in the value of vars\.STRIPE\.\nsrc\/data\.json:1:\d+: There is a live key of Stripe in the code\.$/,
  );
});

test('what only looks like one is let through', async () => {
  const harmless = [
    ...['AKIAIOSFODNN7EXAMPLE', `sk_test_${letters(24)}`, '-----BEGIN PRIVATE KEY-----', 'sk_live_', 'ghp_short'],
    ...[`pk_live_${letters(24)}`, `${letters(40)}`, 'xoxb-', 'AIza'],
  ];
  await using folder = await makeFunctionFolder({
    'src/index.ts': `export default ${JSON.stringify(harmless)};`,
  });
  await expect(buildFunction(folder.path)).resolves.toMatchObject({ warnings: [] });
});
