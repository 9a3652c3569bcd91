/** Hosts in network namespaces of this machine, joined by a bridge to the namespace of the test. Linux, as root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CAPTURE = fileURLToPath(new URL('capture.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../../cli/bin/sovfn.js', import.meta.url));

const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' });

/** Null when this machine can make network namespaces; else why it cannot. */
export function whyNoHosts(): string | null {
  const name = `sovfn-probe-${randomBytes(4).toString('hex')}`;
  try {
    ip('netns', 'add', name);
    ip('link', 'add', bridgeName(name), 'type', 'bridge');
    ip('link', 'del', bridgeName(name));
    ip('netns', 'del', name);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

export interface Host {
  readonly name: string;
  /** What runs in it ends with it. */
  run(command: string, args: readonly string[]): ChildProcess;
  /** Runs `sovfn` in it. */
  sovfn(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess;
  /** Ends everything that runs in it at once, as a power cut does; captures go on. */
  kill(): Promise<void>;
  /** Captures what its own programs exchange (`lo`) or what leaves and enters the host (`eth0`). */
  capture(networkInterface: 'lo' | 'eth0', file: string): Promise<Capture>;
}

export interface Capture {
  end(): Promise<{ readonly packets: number; readonly dropped: number }>;
}

export class Hosts implements AsyncDisposable {
  /** Of the test's own namespace, as the hosts see it. */
  readonly address: string;
  readonly #id = randomBytes(3).toString('hex');
  readonly #network: string;
  readonly #hosts: Host[] = [];
  readonly #captures = new Set<ChildProcess>();
  readonly #namespaces: string[] = [];

  constructor() {
    const [a, b] = randomBytes(2);
    this.#network = `10.${64 + (a! % 128)}.${b!}`;
    this.address = `${this.#network}.1`;
    const bridge = bridgeName(this.#id);
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('addr', 'add', `${this.address}/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
  }

  add(name: string): Host {
    const namespace = `sovfn-${this.#id}-${name}`;
    const number = this.#namespaces.push(namespace);
    const near = `sv${this.#id}${number}`;
    ip('netns', 'add', namespace);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('link', 'set', near, 'master', bridgeName(this.#id));
    ip('link', 'set', near, 'up');
    ip('-n', namespace, 'addr', 'add', `${this.#network}.${number + 1}/24`, 'dev', 'eth0');
    for (const link of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', link, 'up');
    const host = this.#host(name, namespace);
    this.#hosts.push(host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const capture of this.#captures) capture.kill('SIGKILL');
    for (const host of this.#hosts) await host.kill();
    for (const namespace of this.#namespaces) ip('netns', 'del', namespace);
    ip('link', 'del', bridgeName(this.#id));
  }

  #host(name: string, namespace: string): Host {
    const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess =>
      spawn('ip', ['netns', 'exec', namespace, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    return {
      name,
      run,
      sovfn: (args, env) => run(process.execPath, [LAUNCHER, ...args], env),
      kill: async () => {
        for (;;) {
          const captures = new Set([...this.#captures].map(({ pid }) => pid));
          const pids = ip('netns', 'pids', namespace).split('\n').filter(Boolean).map(Number);
          const left = pids.filter((pid) => !captures.has(pid));
          if (left.length === 0) return;
          for (const pid of left) killIfThere(pid);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      capture: (networkInterface, file) =>
        this.#capture(
          run(process.execPath, ['--disable-warning=ExperimentalWarning', CAPTURE, networkInterface, file]),
        ),
    };
  }

  async #capture(child: ChildProcess): Promise<Capture> {
    this.#captures.add(child);
    child.stderr!.pipe(process.stderr);
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child.stdout!, 'data');
    return {
      end: async () => {
        child.kill('SIGTERM');
        await once(child, 'close');
        this.#captures.delete(child);
        return JSON.parse(said.trim().split('\n').at(-1)!) as { packets: number; dropped: number };
      },
    };
  }
}

const bridgeName = (id: string): string => `svb${id.slice(-8)}`;

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
