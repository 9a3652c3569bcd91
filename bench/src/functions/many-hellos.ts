/** Deploys functions by the thousand: built once, and given to the control API with another name and number each. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFunction } from '@sovfn/builder';
import { PROTOCOL_VERSION, versionContent } from '@sovfn/protocol';
import { makeTemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { helloNumber } from './sources.ts';

/** One deploy is written while the next ones are read and checked. */
const AT_ONCE = 8;
/** Stands in the built text where each function gets its own number. */
const PLACE = 4_711_000_000;

export type DeployNumber = (number: number) => Promise<void>;

/** The functions are called `many-<number>`, and each has a bundle of its own. */
export async function prepareHellos(platform: TestPlatform): Promise<DeployNumber> {
  await using folder = await makeTemporaryFolder('many');
  await writeFile(join(folder.path, 'index.ts'), helloNumber(PLACE));
  const config = { name: nameOf(PLACE), main: 'index.ts', outputs: 'none' };
  await writeFile(join(folder.path, 'sovfn.jsonc'), JSON.stringify(config));
  const { manifest, bundle, sourceMap } = await buildFunction(folder.path);
  return async (number) => {
    const name = nameOf(number);
    const ownBundle = bundle.replaceAll(String(PLACE), String(number));
    const ownManifest = {
      ...manifest,
      config: { ...manifest.config, name },
      bundleSha256: sha256(ownBundle),
      bundleBytes: Buffer.byteLength(ownBundle),
    };
    const version = sha256(versionContent(ownManifest));
    const body = JSON.stringify({ v: PROTOCOL_VERSION, version, manifest: ownManifest, bundle: ownBundle, sourceMap });
    const headers = { 'content-type': 'application/json' };
    const response = await platform.control(`/v1/functions/${name}`, { method: 'PUT', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`deploying ${name} was answered with ${response.status}: ${text}`);
  };
}

export function nameOf(number: number): string {
  return `many-${number}`;
}

/** Does `work` for each number from `first` to `last`, some at once. */
export async function forEachNumber(
  { first, last }: { readonly first: number; readonly last: number },
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = first;
  const worker = async (): Promise<void> => {
    while (next <= last) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
