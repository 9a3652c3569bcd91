/**
 * Deploys, evicts and calls for a long time, and looks at what the platform holds meanwhile.
 *
 * A cycle deploys a version, calls it (which loads it in a cell) and deletes the function (which makes the node let go of
 * it). The calls go to one function that stays. Any answer that is wrong ends the soak.
 */
import { createHash } from 'node:crypto';
import { functionConfigSchema, type Manifest, PROTOCOL_VERSION, versionContent } from '@sovfn/protocol';
import type { TestPlatform } from '@sovfn/testkit';
import { type Sample, takeSample } from './sample.ts';

export interface SoakOptions {
  readonly deploys: number;
  readonly calls: number;
  /** Calls that are under way at the same time. */
  readonly connections: number;
  /** Samples in each of the two phases, besides the first. */
  readonly samples: number;
  readonly onSample: (sample: Sample) => void;
}

/** Names are used again, as people use them; each version's text is new. */
const NAMES = 10;
/** Versions that were deleted are evicted, and caches are filled, within this. Milliseconds. */
const SETTLED_MS = 20_000;
const LOOK_MS = 250;

/** The first sample is taken when everything has been used once. */
export async function soak(platform: TestPlatform, options: SoakOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const done = { deploys: 0, calls: 0 };
  const look = async (): Promise<void> => {
    const subscriptions = samples[0]?.subscriptions ?? null;
    const sample = await settledSample(platform, done, subscriptions);
    samples.push(sample);
    options.onSample(sample);
  };

  await deployVersion(platform, 'steady', 0);
  for (let cycle = 0; cycle < Math.ceil(options.deploys / 10); cycle++) await deployAndEvict(platform, -1 - cycle);
  // Last, so that the callers' connections are open in the first sample as they are in the last one.
  await callMany(platform, Math.ceil(options.calls / 10), options.connections);
  await look();
  for (let part = 0; part < options.samples; part++) {
    const until = Math.round((options.deploys * (part + 1)) / options.samples);
    for (; done.deploys < until; done.deploys++) await deployAndEvict(platform, done.deploys);
    await look();
  }
  for (let part = 0; part < options.samples; part++) {
    const count = Math.round((options.calls * (part + 1)) / options.samples) - done.calls;
    await callMany(platform, count, options.connections);
    done.calls += count;
    await look();
  }
  return samples;
}

async function deployAndEvict(platform: TestPlatform, number: number): Promise<void> {
  const name = `passing-${Math.abs(number) % NAMES}`;
  await deployVersion(platform, name, number);
  await expectText(platform, name, String(number));
  const response = await platform.control(`/v1/functions/${name}?purge=true`, { method: 'DELETE' });
  if (!response.ok) throw new Error(`deleting ${name} was answered with ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

async function callMany(platform: TestPlatform, count: number, connections: number): Promise<void> {
  let left = count;
  const callers = Array.from({ length: connections }, async () => {
    while (left-- > 0) await expectText(platform, 'steady', '0');
  });
  await Promise.all(callers);
}

async function expectText(platform: TestPlatform, name: string, expected: string): Promise<void> {
  const response = await platform.call(`/fn/${name}/`);
  const text = await response.text();
  if (text !== expected) throw new Error(`${name} answered ${response.status}: ${text}`);
}

/** As the control API gets it from the command line, without the bundler's time. */
async function deployVersion(platform: TestPlatform, name: string, number: number): Promise<void> {
  const bundle = `const handler = { fetch: () => new Response('${number}') };\nexport{handler as default};\n`;
  const { $schema: _, ...config } = functionConfigSchema.parse({ name, main: 'index.js', outputs: 'none' });
  const manifest: Manifest = { v: 1, config, bundleSha256: sha256(bundle), bundleBytes: bundle.length };
  const version = sha256(versionContent(manifest));
  const response = await platform.control(`/v1/functions/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap: '{}' }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`deploying ${name} was answered with ${response.status}: ${text}`);
}

/** A sample once the node has let go of what was deleted: when no more subscriptions are left than at first. */
async function settledSample(
  platform: TestPlatform,
  done: { deploys: number; calls: number },
  subscriptions: number | null,
): Promise<Sample> {
  const deadline = performance.now() + SETTLED_MS;
  let last = await takeSample(platform, done);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const next = await takeSample(platform, done);
    const isSettled =
      subscriptions === null ? next.subscriptions === last.subscriptions : next.subscriptions <= subscriptions;
    if (isSettled || performance.now() > deadline) return next;
    last = next;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
