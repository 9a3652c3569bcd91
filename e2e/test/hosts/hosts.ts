/** Hosts in network namespaces of this machine, joined by a bridge to the namespace of the test. Linux, as root. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ip, Namespace, whyNoNamespaces } from './namespace.ts';
import type { PacketCounts } from './packet-socket.ts';

const CAPTURE = fileURLToPath(new URL('capture.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../../cli/bin/sovfn.js', import.meta.url));

/** Null when this machine can make network namespaces and join them; else why it cannot. */
export function whyNoHosts(): string | null {
  const bridge = bridgeName(randomBytes(4).toString('hex'));
  try {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('link', 'del', bridge);
    return whyNoNamespaces();
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

export interface Host {
  readonly name: string;
  /** Runs `sovfn` in it. */
  sovfn(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess;
  /** Ends everything that runs in it at once, as a power cut does; captures go on. */
  kill(): Promise<void>;
  /** Captures what its own programs exchange (`lo`) or what leaves and enters the host (`eth0`). */
  capture(networkInterface: 'lo' | 'eth0', file: string): Promise<Capture>;
}

export interface Capture {
  end(): Promise<PacketCounts>;
}

export class Hosts implements AsyncDisposable {
  /** Of the test's own namespace, as the hosts see it. */
  readonly address: string;
  readonly #id = randomBytes(3).toString('hex');
  readonly #network: string;
  readonly #namespaces: Namespace[] = [];

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
    const namespace = new Namespace(`sovfn-${this.#id}-${name}`);
    const number = this.#namespaces.push(namespace);
    const near = `sv${this.#id}${number}`;
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace.name);
    ip('link', 'set', near, 'master', bridgeName(this.#id));
    ip('link', 'set', near, 'up');
    ip('-n', namespace.name, 'addr', 'add', `${this.#network}.${number + 1}/24`, 'dev', 'eth0');
    ip('-n', namespace.name, 'link', 'set', 'eth0', 'up');
    return {
      name,
      sovfn: (args, env) => namespace.run(process.execPath, [LAUNCHER, ...args], { env }),
      kill: () => namespace.kill(),
      capture: async (networkInterface, file) => {
        const watcher = await namespace.watch(CAPTURE, [networkInterface, file]);
        return { end: async () => (await watcher.end()) as PacketCounts };
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces) await namespace.remove();
    ip('link', 'del', bridgeName(this.#id));
  }
}

const bridgeName = (id: string): string => `svb${id.slice(-8)}`;
