/**
 * Deploys, evicts and calls for a long time, and looks at what the platform holds meanwhile.
 *
 * A cycle deploys a new function, calls it (which loads it in a cell) and deletes it (which makes the node let go of it).
 * Several cycles go on side by side. The calls go to one function that stays. Any answer that is wrong ends the soak, and
 * so does a version that the node still holds at a sample.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { functionConfigSchema, type Manifest, statusSchema, PROTOCOL_VERSION, versionContent } from '@sovfn/protocol';
import type { TestPlatform } from '@sovfn/testkit';
import { KeptConnections } from './kept-connections.ts';
import { type Done, type Sample, takeSample } from './sample.ts';

export interface SoakOptions {
  readonly deploys: number;
  readonly calls: number;
  /** Cycles, and calls, that are under way at the same time. */
  readonly lanes: number;
  readonly connections: number;
  /** Samples in each of the two phases, besides the first. */
  readonly samples: number;
  readonly onSample: (sample: Sample) => void;
}

/** Deploys and calls before the first sample, as a part of all: everything has been used then, and caches are filled. */
const WARM_UP = 0.1;
/** Versions that were deleted are evicted within this; the connections of the callers are closed. Milliseconds. */
const SETTLED_MS = 20_000;
const LOOK_MS = 250;
/** Loaded at a sample: the function that is called. */
const STEADY_VERSIONS = 1;

export async function soak(platform: TestPlatform, options: SoakOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const done = { deploys: 0, calls: 0 };
  using connections = new KeptConnections(platform, options.connections);
  const look = async (): Promise<void> => {
    const sample = await settledSample(platform, connections, { ...done });
    samples.push(sample);
    options.onSample(sample);
  };

  await deployVersion(connections, 'steady', '0');
  await cycleMany(connections, options.lanes, namesOf('warming', 0, Math.ceil(options.deploys * WARM_UP)));
  await callMany(connections, Math.ceil(options.calls * WARM_UP), options.connections);
  await look();
  for (let part = 1; part <= options.samples; part++) {
    const until = Math.round((options.deploys * part) / options.samples);
    await cycleMany(connections, options.lanes, namesOf('passing', done.deploys, until));
    done.deploys = until;
    await look();
  }
  for (let part = 1; part <= options.samples; part++) {
    const until = Math.round((options.calls * part) / options.samples);
    await callMany(connections, until - done.calls, options.connections);
    done.calls = until;
    await look();
  }
  return samples;
}

/** Each lane takes the next name when its cycle is over. */
async function cycleMany(connections: KeptConnections, lanes: number, names: Iterator<string>): Promise<void> {
  await sideBySide(lanes, async () => {
    for (let next = names.next(); next.done !== true; next = names.next())
      await deployAndEvict(connections, next.value);
  });
}

async function deployAndEvict(connections: KeptConnections, name: string): Promise<void> {
  await deployVersion(connections, name, name);
  await expectText(connections, name, name);
  const { status, text } = await connections.control('DELETE', `/v1/functions/${name}?purge=true`);
  if (status !== 200) throw new Error(`deleting ${name} was answered with ${status}: ${text}`);
}

async function callMany(connections: KeptConnections, count: number, callers: number): Promise<void> {
  let left = count;
  await sideBySide(callers, async () => {
    while (left-- > 0) await expectText(connections, 'steady', '0');
  });
}

async function sideBySide(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

async function expectText(connections: KeptConnections, name: string, expected: string): Promise<void> {
  const { status, text } = await connections.call(`/fn/${name}/`);
  if (text !== expected) throw new Error(`${name} answered ${status}: ${text}`);
}

/** As the control API gets it from the command line, without the bundler's time. */
async function deployVersion(connections: KeptConnections, name: string, answer: string): Promise<void> {
  const bundle = `const handler = { fetch: () => new Response('${answer}') };\nexport{handler as default};\n`;
  const { $schema: _, ...config } = functionConfigSchema.parse({ name, main: 'index.js', outputs: 'none' });
  const manifest: Manifest = { v: 1, config, bundleSha256: sha256(bundle), bundleBytes: bundle.length };
  const version = sha256(versionContent(manifest));
  const request = { v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap: '{}' };
  const { status, text } = await connections.control('PUT', `/v1/functions/${name}`, JSON.stringify(request));
  if (status !== 200 && status !== 201) throw new Error(`deploying ${name} was answered with ${status}: ${text}`);
}

/** A sample once the node has let go of what was deleted. Throws when it has not within SETTLED_MS. */
async function settledSample(platform: TestPlatform, connections: KeptConnections, done: Done): Promise<Sample> {
  const deadline = performance.now() + SETTLED_MS;
  for (let held = await heldVersions(connections); held !== STEADY_VERSIONS; held = await heldVersions(connections)) {
    if (performance.now() > deadline) throw new Error(`the node holds ${held} versions after ${SETTLED_MS} ms`);
    await delay(LOOK_MS);
  }
  connections.close();
  await delay(LOOK_MS);
  return takeSample(platform, done);
}

/** Versions that the node has loaded, as it announced last. */
async function heldVersions(connections: KeptConnections): Promise<number> {
  const { text } = await connections.control('GET', '/v1/status');
  return statusSchema.parse(JSON.parse(text)).nodes.reduce((total, { versions }) => total + versions, 0);
}

function* namesOf(prefix: string, from: number, until: number): Generator<string> {
  for (let number = from; number < until; number++) yield `${prefix}-${number}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
