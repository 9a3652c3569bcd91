/** Memory of a platform at rest, and of a hundred loaded functions in their cell. */
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import { helloNumber } from '../functions/sources.ts';
import { findCellPid } from '../processes/node-log.ts';
import { readChildren, readMemory } from '../processes/memory.ts';
import { readPlatformBytes, readSettled } from '../processes/platform-memory.ts';
import { showMb, showMib } from '../report/figures.ts';
import { atMost } from '../report/bars.ts';
import { defineMeasurement } from './measurement.ts';
import { TimedCaller } from './timed-call.ts';

/** What "warm" means here. */
const CALLS_PER_FUNCTION = 10;
const MIB = 2 ** 20;
const PARTS = { gateway: 'gateway', node: 'supervisor', bus: 'nats-server', store: 'MinIO' } as const;

const schema = z.strictObject({
  kind: z.enum(['pss', 'rss']),
  /** All parts but the store, before anything was deployed. */
  idleBytes: z.number().optional(),
  /** Bytes of each part of the platform, while one function is loaded and nothing is called. */
  parts: z.record(z.enum(['gateway', 'node', 'bus', 'store']), z.number()),
  /** The supervisor's other processes: a cell that waits for its tenant, and the compiler. Null where they cannot be seen. */
  spareBytes: z.number().nullable(),
  cellWithOneBytes: z.number(),
  /** Functions loaded after the first. */
  functions: z.int(),
  cellWithAllBytes: z.number(),
  /** What a hundred functions add to their cell. */
  perHundredBytes: z.number(),
});

export const memory = defineMeasurement({
  name: 'memory',
  schema,
  async measure({ settings, signal, say }) {
    await using platform = await startPlatform();
    using caller = new TimedCaller(signal);
    const { functions } = settings.memory;
    say('memory: platform at rest');
    const idleBytes = await readSettled(() => readPlatformBytes(platform), signal);
    await makeWarm(platform, caller, 0);
    const cell = await findCellPid(platform, functionName(0), signal);
    const readCell = (): number => readMemory(cell).bytes;
    const cellWithOneBytes = await readSettled(readCell, signal);
    const { kind } = readMemory(cell);
    const rest = {
      kind,
      idleBytes,
      parts: readParts(platform),
      spareBytes: readSpares(platform, cell),
      cellWithOneBytes,
    };
    say(`memory: loading ${functions} functions`);
    for (let number = 1; number <= functions; number++) await makeWarm(platform, caller, number);
    const cellWithAllBytes = await readSettled(readCell, signal);
    const perHundredBytes = ((cellWithAllBytes - cellWithOneBytes) / functions) * 100;
    return { ...rest, functions, cellWithAllBytes, perHundredBytes };
  },
  tables: (result) => [
    {
      title: `Memory (${result.kind.toUpperCase()})`,
      columns: ['', 'memory'],
      rows: [
        ...Object.entries(PARTS).map(([part, title]) => [title, showMb(result.parts[part as keyof typeof PARTS])]),
        ['spare cell and compiler', showMb(result.spareBytes)],
        ['cell with 1 function', showMb(result.cellWithOneBytes)],
        [`cell with ${result.functions} more`, showMb(result.cellWithAllBytes)],
        ['all but the store, before anything was deployed', showMb(result.idleBytes ?? null)],
        ['per 100 warm functions', showMb(result.perHundredBytes)],
      ],
      notes: [],
    },
  ],
  bars: ({ idleBytes, perHundredBytes }) => [
    atMost('memory of a further warm hello', { bar: 2, aim: 1.4, show: showMib }, perHundredBytes / 100 / MIB),
    atMost(
      'memory of an idle platform, without the object store',
      { bar: 250, aim: 200, show: showMib },
      idleBytes === undefined ? null : idleBytes / MIB,
    ),
  ],
});

function functionName(number: number): string {
  return `warm-${number}`;
}

async function makeWarm(platform: TestPlatform, caller: TimedCaller, number: number): Promise<void> {
  const name = functionName(number);
  await platform.deploy({ name, code: helloNumber(number), config: { outputs: 'none' } });
  for (let call = 0; call < CALLS_PER_FUNCTION; call++) await caller.get(`${platform.publicUrl}/fn/${name}/`);
}

function readParts({ pids }: TestPlatform): z.output<typeof schema>['parts'] {
  const read = (part: keyof typeof PARTS): number => readMemory(pids.get(part)!).bytes;
  return { gateway: read('gateway'), node: read('node'), bus: read('bus'), store: read('store') };
}

function readSpares({ pids }: TestPlatform, cell: number): number | null {
  const spares = readChildren(pids.get('node')!)?.filter((pid) => pid !== cell);
  return spares?.reduce((sum, pid) => sum + readMemory(pid).bytes, 0) ?? null;
}
