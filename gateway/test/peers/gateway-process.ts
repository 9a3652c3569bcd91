/** A gateway in a process of its own, as an operator runs it, on the servers of a bench. It can be killed at any time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { encodeCredential } from '@sovfn/bus';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { type GatewayConfig, gatewayConfigSchema } from '../../src/index.ts';
import type { GatewayBench } from './gateway-bench.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

export class GatewayProcess implements AsyncDisposable {
  readonly url: string;
  readonly controlUrl: string;
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;

  /** Resolves when the gateway is ready. `change`: what differs from the bench's gateway. `preload`: a module. */
  static async start(
    bench: GatewayBench,
    change: Partial<GatewayConfig> = {},
    preload: URL | null = null,
  ): Promise<GatewayProcess> {
    const folder = await makeTemporaryFolder('gateway');
    const nodeFlags = preload === null ? [] : ['--import', preload.href];
    const child = spawnGateway(await writeGatewayConfig(folder.path, bench, change), nodeFlags);
    const said = text(child.stderr);
    const first = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
    const ended = once(child, 'exit').then(async () => Promise.reject(new Error(`not ready: ${await said}`)));
    // A gateway that ends later must not end the test with it.
    ended.catch(() => undefined);
    const [line] = await Promise.race([first, ended]);
    const ports = JSON.parse(line) as Record<'public' | 'control', { host: string; port: number }>;
    return new GatewayProcess(ports, child, folder);
  }

  private constructor(
    ports: Record<'public' | 'control', { host: string; port: number }>,
    child: ChildProcess,
    folder: TemporaryFolder,
  ) {
    this.url = `http://${ports.public.host}:${ports.public.port}`;
    this.controlUrl = `http://${ports.control.host}:${ports.control.port}`;
    this.#child = child;
    this.#folder = folder;
  }

  /** Sends a call that prefers to be answered before it runs. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('prefer', 'respond-async');
    return fetch(`${this.url}${path}`, { method: 'POST', ...init, headers });
  }

  /** Whatever it does with it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; resolves with the exit code, null when a signal ended it. */
  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const exit = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.kill(signal);
    return (await exit)[0];
  }
}

/** It ends with the test process. */
export function spawnGateway(config: string, nodeFlags: readonly string[] = []) {
  const args = [...nodeFlags, MAIN, '--config', config, '--exit-with-parent'];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Writes the configuration and what it names into the folder. Resolves with the path of the configuration. */
export async function writeGatewayConfig(
  folder: string,
  bench: GatewayBench,
  change: Partial<GatewayConfig> = {},
): Promise<string> {
  const id = change.id ?? 'gw-2';
  const { credential, accountSeed } = await bench.gatewayCredential(id);
  const { config } = bench;
  const write = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const content = gatewayConfigSchema.parse({
    ...config,
    id,
    ...change,
    identity: await bench.platform.enrol('gateway', id),
    bus: { ...(change.bus ?? config.bus), credsFile: await write('gw.creds', encodeCredential(credential)) },
    accountSeedFile: await write('account', accountSeed),
    store: { ...config.store, secretKeyFile: await write('store', bench.storeSecretKey) },
  });
  return write('gateway.json', JSON.stringify(content));
}
