import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A build takes 1 to 4 minutes on two cores; after this it has failed. Milliseconds. */
const BUILD_TIMEOUT_MS = 20 * 60_000;
const KEPT_LINES = 12;

export interface BuildOptions {
  /** Where the program is put. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onPackage: (packages: number, line: string) => void;
}

/**
 * `go install <module>` into a folder. Go runs as the user set it up (proxy, checksum database, caches, toolchain):
 * only what decides where the result lands and for which machine is ours.
 */
export async function buildWithGo(module: string, options: BuildOptions): Promise<void> {
  const { GOOS: _os, GOARCH: _arch, ...environment } = options.environment;
  const child = spawn('go', ['install', '-v', module], {
    env: { ...environment, GOBIN: options.folder, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_TIMEOUT_MS,
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  let packages = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    packages += 1;
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onPackage(packages, line);
  });
  const [code, signal] = (await once(child, 'close').catch((error: unknown) => {
    options.signal.throwIfAborted();
    throw new Error('go could not be started; it is not installed or not on PATH', { cause: error });
  })) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const how =
    signal === null ? `exit code ${String(code)}` : `${signal}, after at most ${BUILD_TIMEOUT_MS / 60_000} minutes`;
  throw new Error(`go install ${module} ended with ${how}: ${lines.join(' | ')}`);
}
