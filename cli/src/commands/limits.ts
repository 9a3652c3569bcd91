import { resolve } from 'node:path';
import {
  BUNDLE_BYTES,
  type FunctionLimits,
  functionLimitsSchema,
  HEAD_BYTES,
  HEADER_COUNT,
  LOG_LINE_BYTES,
  SLICE_CAP_MS,
  URL_BYTES,
} from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTable } from '../table.ts';

const KIB = 1_024;
const DEFAULTS = functionLimitsSchema.parse({});

/** The same for every function, whatever its configuration says. */
const PLATFORM_LIMITS = {
  sliceMs: SLICE_CAP_MS,
  urlKb: URL_BYTES / KIB,
  headKb: HEAD_BYTES / KIB,
  headers: HEADER_COUNT,
  logLineKb: LOG_LINE_BYTES / KIB,
  bundleMb: BUNDLE_BYTES / KIB / KIB,
} as const;

type LimitName = keyof FunctionLimits | keyof typeof PLATFORM_LIMITS;

export interface EffectiveLimit {
  readonly limit: LimitName;
  /** Of `wasmMemoryMb`, 0: there is no WebAssembly. */
  readonly value: number;
  /** `config`: what `sovfn.jsonc` says (a deployed version does not remember what was a default by chance). */
  readonly from: 'config' | 'default' | 'platform';
}

interface FunctionFacts {
  readonly name: string;
  readonly limits: FunctionLimits;
  readonly isWritten: (limit: keyof FunctionLimits) => boolean;
}

export const limits = defineCommand({
  examples: ['limits', 'limits invoice --json'],
  args: {},
  positionals: { function: { optional: true, summary: 'limits.function' } },
  async handler({ function: name }, { connect, output, say, json, cwd }) {
    const facts = name === null ? await readFolder(cwd) : await readDeployed(name, connect);
    const effective = effectiveLimits(facts);
    if (json) {
      output.json({ function: facts.name, limits: effective });
      return EXIT.ok;
    }
    const rows = effective.map(({ limit, value, from }) => {
      return [limit, String(value), say(`limits.from.${from}`), say(`limits.of.${limit}`)];
    });
    const head = [say('column.limit'), say('column.value'), say('column.from'), say('column.meaning')];
    output.result(formatTable([head, ...rows], output.width));
    return EXIT.ok;
  },
});

export function effectiveLimits({ limits: own, isWritten }: Omit<FunctionFacts, 'name'>): EffectiveLimit[] {
  const ofFunction = (Object.keys(functionLimitsSchema.shape) as (keyof FunctionLimits)[]).map((limit) => {
    return { limit, value: own[limit] ?? 0, from: isWritten(limit) ? ('config' as const) : ('default' as const) };
  });
  const ofPlatform = (Object.keys(PLATFORM_LIMITS) as (keyof typeof PLATFORM_LIMITS)[]).map((limit) => {
    return { limit, value: PLATFORM_LIMITS[limit], from: 'platform' as const };
  });
  return [...ofFunction, ...ofPlatform];
}

async function readFolder(cwd: string): Promise<FunctionFacts> {
  const { readConfig } = await import('@sovfn/builder');
  const { config, writtenLimits } = await readConfig(resolve(cwd));
  return { name: config.name, limits: config.limits, isWritten: (limit) => writtenLimits.has(limit) };
}

async function readDeployed(name: string, connect: CommandContext['connect']): Promise<FunctionFacts> {
  const { config } = await (await connect()).showFunction(name);
  return { name, limits: config.limits, isWritten: (limit) => config.limits[limit] !== DEFAULTS[limit] };
}
