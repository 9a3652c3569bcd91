import { parseArgs } from 'node:util';
import { MEASUREMENTS } from './measurements/index.ts';

export const USAGE = `npm run bench -- [options]

  --quick         a short run: shows that everything works
  --only <name>   one measurement; may be given several times: ${MEASUREMENTS.map(({ name }) => name).join(', ')}
  --from <file>   measures nothing, shows the results in a file of bench/results
  --profile       measures nothing, shows where the CPU time and the memory of one call go: flame graphs in bench/profiles
  --write-docs    also writes the tables into docs/performance.md
  --help          this text
`;

export interface Arguments {
  readonly isQuick: boolean;
  /** Names of measurements; all when empty. */
  readonly only: readonly string[];
  readonly from: string | null;
  readonly isProfile: boolean;
  readonly writesDocs: boolean;
  readonly wantsHelp: boolean;
}

/** Throws for an option or a measurement that does not exist. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = MEASUREMENTS.map(({ name }) => name);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no measurement "${unknown}"; there are ${names.join(', ')}`);
  }
  return {
    isQuick: values.quick,
    only: values.only,
    from: values.from ?? null,
    isProfile: values.profile,
    writesDocs: values['write-docs'],
    wantsHelp: values.help,
  };
}
