import { FAMILY_GROUPS, type Family } from './families.ts';

const ACROSS = { sum: 'add up', max: 'take `max`', each: 'one gateway’s own' } as const;

/** The tables of `docs/metrics.md`. */
export function referenceText(): string {
  return Object.entries(FAMILY_GROUPS)
    .map(([heading, families]) => `### ${heading}\n\n${tableOf(families)}`)
    .join('\n\n');
}

function tableOf(families: Readonly<Record<string, Family>>): string {
  const rows = Object.entries(families).map(([name, { type, labels, across, help }]) => {
    const shown = labels.length === 0 ? '–' : labels.map((label) => `\`${label}\``).join(' ');
    return `| \`${name}\` | ${type} | ${shown} | ${ACROSS[across]} | ${help} |`;
  });
  return ['| metric | type | labels | several gateways | meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}
