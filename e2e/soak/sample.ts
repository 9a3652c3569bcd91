/** What the parts of a platform hold at one moment, seen from outside. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import { cellPids, residentMb } from '../test/processes.ts';

export interface PartSample {
  readonly residentMb: number;
  /** Open descriptors. */
  readonly handles: number;
}

/** Cycles and calls before a sample. */
export interface Done {
  readonly deploys: number;
  readonly calls: number;
}

export interface Sample extends Done {
  readonly gateway: PartSample;
  readonly node: PartSample;
  /** All cells together. */
  readonly cells: PartSample;
  /** Of all connections to NATS. */
  readonly subscriptions: number;
  /** Cells that the node has replaced until now because they were worn, as it does after some thousands of isolates. */
  readonly replacedCells: number;
}

const subszSchema = z.object({ num_subscriptions: z.int() });

export async function takeSample(platform: TestPlatform, done: Done): Promise<Sample> {
  const { pids } = platform;
  const cells = await Promise.all((await cellPids(platform)).map(samplePart));
  return {
    ...done,
    gateway: await samplePart(pids.get('gateway')!),
    node: await samplePart(pids.get('node')!),
    cells: { residentMb: sum(cells.map((cell) => cell.residentMb)), handles: sum(cells.map((cell) => cell.handles)) },
    subscriptions: await countSubscriptions(platform),
    replacedCells: (await platform.log('node')).split('"event":"cell-let-go"').length - 1,
  };
}

async function samplePart(pid: number): Promise<PartSample> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  return { residentMb: Math.round(await residentMb(pid)), handles: descriptors.length };
}

async function countSubscriptions(platform: TestPlatform): Promise<number> {
  const config = await readFile(join(platform.data, 'run', 'nats.conf'), 'utf8');
  const address = /^http: "([^"]+)"$/m.exec(config)?.[1];
  if (address === undefined) throw new Error('the configuration of NATS names no monitoring address');
  const response = await fetch(`http://${address}/subsz`);
  return subszSchema.parse(await response.json()).num_subscriptions;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
