/**
 * Saves a function under `sovfn dev` again and again, waits each time until what was saved answers, and looks at what the command
 * and the processes of its platform hold meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processTree, programOf, sampleProcesses } from './process-tree.ts';
import type { PartSample } from './sample.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/sovfn.js', import.meta.url));
/** Reloads before the first sample, as a part of all. */
const WARM_UP = 0.1;
/** What was saved answers by then, on any machine. */
const ANSWER_MS = 60_000;
const ASK_MS = 10;

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
  const child = spawn(process.execPath, [CLI, 'dev', 'saved', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const ready = Promise.withResolvers<string>();
  void exited.then(() => ready.reject(new Error('sovfn dev has ended by itself')));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as { readonly type: string; readonly url?: string };
    if (event.type === 'ready') ready.resolve(event.url!);
  });
  const url = await ready.promise;
  return {
    pid: child.pid!,
    untilAnswers: async (text) => {
      const giveUpAt = performance.now() + ANSWER_MS;
      for (;;) {
        const answer = await (await fetch(new URL('/fn/saved/', url))).text();
        if (answer === text) return;
        if (performance.now() > giveUpAt)
          throw new Error(`${ANSWER_MS} ms after ${text} was saved, it answers ${answer}`);
        await delay(ASK_MS);
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
