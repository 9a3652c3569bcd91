/**
 * Saves a function under `sovfn dev` again and again, waits each time until what was saved answers, and looks at what the command
 * and the processes of its platform hold meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '@sovfn/testkit';
import { processTree, programOf, sampleProcesses } from './process-tree.ts';
import type { PartSample } from './sample.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/sovfn.js', import.meta.url));
/** Reloads before the first sample, as a part of all. */
const WARM_UP = 0.1;

export interface ReloadSample {
  readonly reloads: number;
  /** The process of the command itself, and its bundler. */
  readonly command: PartSample;
  /** Gateway, supervisor and cells. */
  readonly platform: PartSample;
  /** NATS and the object store, which keep caches of their own. */
  readonly servers: PartSample;
  readonly processes: number;
}

export interface ReloadOptions {
  readonly reloads: number;
  /** Besides the first. */
  readonly samples: number;
  readonly onSample: (sample: ReloadSample) => void;
}

/** `folder`: an empty one. */
export async function soakReloads(folder: string, options: ReloadOptions): Promise<ReloadSample[]> {
  const samples: ReloadSample[] = [];
  await mkdir(join(folder, 'saved'));
  await writeFile(join(folder, 'saved/sovfn.jsonc'), JSON.stringify({ name: 'saved', main: 'index.ts' }));
  await save(folder, 0);
  await using dev = await startDev(folder);
  let saved = 0;
  const saveMany = async (until: number): Promise<void> => {
    while (saved < until) {
      await save(folder, ++saved);
      await dev.untilAnswers(String(saved));
    }
  };
  const look = async (reloads: number): Promise<void> => {
    const pids = await processTree(dev.pid);
    const parts = Map.groupBy(
      await Promise.all(pids.map(async (pid) => ({ pid, part: await partOf(pid, dev.pid) }))),
      ({ part }) => part,
    );
    const sampleOf = async (part: Part): Promise<PartSample> =>
      sampleProcesses((parts.get(part) ?? []).map(({ pid }) => pid));
    const sample = {
      reloads,
      command: await sampleOf('command'),
      platform: await sampleOf('platform'),
      servers: await sampleOf('servers'),
      processes: pids.length,
    };
    samples.push(sample);
    options.onSample(sample);
  };
  const warmUp = Math.ceil(options.reloads * WARM_UP);
  await saveMany(warmUp);
  await look(0);
  for (let part = 1; part <= options.samples; part++) {
    const reloads = Math.round((options.reloads * part) / options.samples);
    await saveMany(warmUp + reloads);
    await look(reloads);
  }
  return samples;
}

type Part = 'command' | 'platform' | 'servers';

async function partOf(pid: number, command: number): Promise<Part> {
  const program = await programOf(pid);
  if (pid === command || program === 'esbuild') return 'command';
  return program === 'nats-server' || program === 'minio' ? 'servers' : 'platform';
}

/** As editors do it: whole at once. */
async function save(folder: string, number: number): Promise<void> {
  const draft = join(folder, 'draft');
  await writeFile(draft, `export default { fetch: () => new Response('${number}') };\n`);
  await rename(draft, join(folder, 'saved/index.ts'));
}

interface Dev extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when the function answers with the text. */
  untilAnswers(text: string): Promise<void>;
}

async function startDev(folder: string): Promise<Dev> {
  const port = await freePort();
  const child = spawn(process.execPath, [CLI, 'dev', 'saved', '--port', String(port), '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const isReady = Promise.withResolvers<void>();
  const reloads = { count: 0, wake: (): void => undefined };
  lines.on('line', (line) => {
    const { type } = JSON.parse(line) as { readonly type: string };
    if (type === 'ready') isReady.resolve();
    if (type !== 'reloaded') return;
    reloads.count += 1;
    reloads.wake();
  });
  await Promise.race([isReady.promise, exited.then(() => Promise.reject(new Error('sovfn dev has ended by itself')))]);
  let seen = 0;
  return {
    pid: child.pid!,
    untilAnswers: async (text) => {
      for (;;) {
        while (reloads.count === seen) await new Promise<void>((resolve) => (reloads.wake = resolve));
        seen = reloads.count;
        const answer = await (await fetch(`http://127.0.0.1:${port}/fn/saved/`)).text();
        if (answer === text) return;
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
