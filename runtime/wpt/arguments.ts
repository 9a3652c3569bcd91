import { parseArgs } from 'node:util';
import { type Area, AREAS } from './suite/areas.ts';

export const USAGE = `npm run wpt -- [options] [area…]

Runs the Web Platform Tests of the pinned copy in isolates, and compares with runtime/wpt/expectations.
Areas: ${AREAS.map(({ name }) => name).join(', ')}; all when none is named, and then docs/wpt.md is written.

  --update        write what happened as the new expectations (then give each new entry its reason)
  --show          print every failing subtest with its message
  --help          this text
`;

export interface Arguments {
  readonly areas: readonly Area[];
  readonly isWhole: boolean;
  readonly updates: boolean;
  readonly shows: boolean;
  readonly wantsHelp: boolean;
}

/** Throws for an option or an area that does not exist. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      update: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const areas = positionals.length === 0 ? AREAS : positionals.map(findArea);
  const isWhole = positionals.length === 0;
  return { areas, isWhole, updates: values.update, shows: values.show, wantsHelp: values.help };
}

function findArea(name: string): Area {
  const area = AREAS.find((candidate) => candidate.name === name);
  if (area === undefined)
    throw new Error(`there is no area "${name}"; there are ${AREAS.map((a) => a.name).join(', ')}`);
  return area;
}
