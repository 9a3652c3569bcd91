import { type FunctionDetail, nameOfSecret, shortVersion } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatBytes, formatTime } from '../format.ts';
import type { Say } from '../language.ts';
import { formatFacts, formatTable } from '../table.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

/** Versions that fit on a screen; `--json` has all. */
const SHOWN_VERSIONS = 10;

export const show = defineCommand({
  examples: ['show invoice', 'show invoice --json'],
  args: READING_ARGUMENTS,
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, tenant }, context) {
    const { output, say, json, locale } = context;
    const detail = await (await connectToRead(tenant, context)).showFunction(name);
    if (json) output.json(detail);
    else {
      output.result(formatFacts(factRows(detail, say, locale), output.width));
      const versions = detail.versions.slice(0, SHOWN_VERSIONS).map(({ version, deployedAt }) => {
        return [shortVersion(version), formatTime(deployedAt), version === detail.version ? say('show.current') : ''];
      });
      output.result(
        `\n${formatTable([[say('column.version'), say('column.deployed'), ''], ...versions], output.width)}`,
      );
    }
    return EXIT.ok;
  },
});

function factRows(detail: FunctionDetail, say: Say, locale: string): string[][] {
  const { limits, vars, secrets } = detail.config;
  return [
    [say('column.function'), detail.name],
    [say('column.version'), detail.version],
    [say('column.zone'), detail.zone],
    [say('column.deployed'), formatTime(detail.deployedAt)],
    [say('show.bundle'), formatBytes(detail.bundleBytes, locale)],
    ...detail.urls.map((url, position) => [position === 0 ? 'URL' : '', url]),
    [
      say('show.limits'),
      Object.entries(limits)
        .map(([limit, value]) => `${limit} ${value}`)
        .join(', '),
    ],
    [say('show.vars'), Object.keys(vars).join(', ') || '–'],
    [say('show.secrets'), secrets.map(nameOfSecret).join(', ') || '–'],
  ];
}
