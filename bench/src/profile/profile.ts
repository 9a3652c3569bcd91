/**
 * Where the CPU time and the memory of a hello go. The gateway is asked by its inspector, for flame graphs of both; cells are
 * locked and nats-server is no Node, so of them only `perf` can tell, by their native functions.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform } from '@sovfn/testkit';
import { HELLO, HELLO_CONCURRENCY } from '../functions/sources.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { ROOT } from '../paths.ts';
import { findCellPid } from '../processes/node-log.ts';
import { readProcessUse } from '../processes/process-use.ts';
import { type CallTree, readCpuProfile, readHeapProfile, selfByFunction, totalOf } from './call-tree.ts';
import { flameGraph } from './flame-graph.ts';
import { Inspector } from './inspector.ts';
import { hasPerf, sampleNative } from './native-profile.ts';

/** Not kept in the repository. */
export const PROFILES_FOLDER = join(ROOT, 'bench/profiles');
const CONNECTIONS = 64;
const SECONDS = 10;
const SAMPLING_US = 200;
const SAMPLING_BYTES = 16 * 1024;
const SHOWN = 20;

export interface ProfileOptions {
  readonly load: LoadGenerator;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Writes the files into PROFILES_FOLDER; returns what people read. */
export async function profileHello({ load, signal, say }: ProfileOptions): Promise<string> {
  await mkdir(PROFILES_FOLDER, { recursive: true });
  await using folder = await makeTemporaryFolder('profiles');
  await using platform = await startPlatform();
  await platform.deploy({ name: 'hello', code: HELLO, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
  const work = async (): Promise<number> => {
    const url = `${platform.publicUrl}/fn/hello/`;
    const { requestsPerSecond } = await load.run(url, { connections: CONNECTIONS, seconds: SECONDS, signal });
    return requestsPerSecond * SECONDS;
  };
  say('profile: warming up');
  await work();
  const parts = { cell: await findCellPid(platform, 'hello', signal), bus: platform.pids.get('bus')! };
  const sections: string[] = [];
  for (const [part, pid] of Object.entries(parts)) {
    if (!hasPerf()) continue;
    say(`profile: ${part}`);
    const functions = await sampleNative(pid, folder.path, async () => void (await work()));
    const lines = functions.slice(0, SHOWN).map(({ name, percent }) => `${percent.toFixed(1).padStart(6)} %  ${name}`);
    sections.push([`${part}: CPU time by native function (perf)`, ...lines].join('\n'));
  }
  const gateway = platform.pids.get('gateway')!;
  using inspector = await Inspector.open(gateway, signal);
  say('profile: gateway, CPU time');
  const before = readProcessUse(gateway);
  await inspector.ask('Profiler.enable');
  await inspector.ask('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  await inspector.ask('Profiler.start');
  const timed = await work();
  const { profile: cpu } = (await inspector.ask('Profiler.stop')) as { profile: unknown };
  const after = readProcessUse(gateway);
  const usedUs = before === null || after === null ? null : (after.cpuUs - before.cpuUs) / timed;
  say('profile: gateway, allocations');
  await inspector.ask('HeapProfiler.enable');
  const also = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await inspector.ask('HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES, ...also });
  const allocated = await work();
  const { profile: heap } = (await inspector.ask('HeapProfiler.stopSampling')) as { profile: unknown };
  await writeFile(join(PROFILES_FOLDER, 'gateway.cpuprofile'), JSON.stringify(cpu));
  await writeFile(join(PROFILES_FOLDER, 'gateway.heapprofile'), JSON.stringify(heap));
  const cpuTree = readCpuProfile(cpu);
  // The kernel's count is the truth; the samples only divide it.
  const perSampleUs = (usedUs ?? totalOf(cpuTree) / timed) / totalOf(cpuTree);
  const microseconds = (value: number): string => `${(value * perSampleUs).toFixed(2)} µs`;
  const bytes = (value: number): string => `${Math.round(value / allocated)} bytes`;
  const heapTree = readHeapProfile(heap);
  sections.unshift(
    await describe(cpuTree, 'gateway: CPU time of one hello, while it is sampled', 'gateway-cpu.svg', microseconds),
    await describe(heapTree, 'gateway: bytes allocated for one hello', 'gateway-allocations.svg', bytes),
  );
  return `${sections.join('\n\n')}\n`;
}

async function describe(tree: CallTree, title: string, file: string, show: (value: number) => string): Promise<string> {
  await writeFile(join(PROFILES_FOLDER, file), flameGraph(tree, { title: `${title}: ${show(totalOf(tree))}`, show }));
  const lines = selfByFunction(tree)
    .slice(0, SHOWN)
    .map(([name, self]) => `${show(self).padStart(12)}  ${name}`);
  return [`${title}: ${show(totalOf(tree))}`, ...lines].join('\n');
}
