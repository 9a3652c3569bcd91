import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import type { ServerSpec } from './catalogue.ts';

const PROBE_TIMEOUT_MS = 15_000;
const PROBE_OUTPUT_BYTES = 64 * 1024;

const run = promisify(execFile);

export type Probe =
  { readonly runs: true; readonly version: string | null } | { readonly runs: false; readonly reason: string };

/** Asks a binary for its version; it gets nothing of this process's environment. */
export async function probeBinary(spec: ServerSpec, path: string): Promise<Probe> {
  try {
    const { stdout, stderr } = await run(path, ['--version'], {
      env: { HOME: tmpdir(), PATH: '/usr/bin:/bin' },
      timeout: PROBE_TIMEOUT_MS,
      maxBuffer: PROBE_OUTPUT_BYTES,
    });
    return { runs: true, version: spec.parseVersion(stdout + stderr) };
  } catch (error) {
    return { runs: false, reason: `"${path} --version" failed: ${firstLine((error as Error).message)}` };
  }
}

export function isAtLeastFloor(spec: ServerSpec, version: string): boolean {
  return spec.compareVersions(version, spec.floor) >= 0;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
