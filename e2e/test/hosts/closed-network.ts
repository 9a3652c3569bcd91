/**
 * A network that has `lo` and nothing else. To its programs it looks like any other, so that what they try is seen: every route
 * leads to `lo`, where packets to other machines are counted and refused, and a name server answers every name.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ip, Namespace, type Watcher } from './namespace.ts';
import type { PacketCounts } from './packet-socket.ts';

const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const NAME_SERVER = '127.0.0.53';
/** What every name resolves to: an address of no machine (RFC 5737). */
const ANYWHERE = '192.0.2.1';

export interface Attempts extends PacketCounts {
  /** Names that were asked for. */
  readonly names: readonly string[];
  /** To other machines: `tcp 192.0.2.1:443`. */
  readonly places: readonly string[];
}

export class ClosedNetwork implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #resolver: string;
  readonly #watchers: { readonly packets: Watcher; readonly names: Watcher };

  /** @param folder for its `resolv.conf` */
  static async open(folder: string): Promise<ClosedNetwork> {
    const namespace = new Namespace(`sovfn-${randomBytes(3).toString('hex')}-closed`);
    ip('-n', namespace.name, 'route', 'add', 'local', 'default', 'dev', 'lo');
    ip('-n', namespace.name, '-6', 'route', 'add', 'local', 'default', 'dev', 'lo');
    const resolver = join(folder, 'resolv.conf');
    await writeFile(resolver, `nameserver ${NAME_SERVER}\n`);
    const packets = await namespace.watch(scriptOf('foreign-packets.ts'), []);
    const names = await namespace.watch(scriptOf('answer-names.ts'), [NAME_SERVER, ANYWHERE]);
    return new ClosedNetwork(namespace, resolver, { packets, names });
  }

  private constructor(namespace: Namespace, resolver: string, watchers: { packets: Watcher; names: Watcher }) {
    this.#namespace = namespace;
    this.#resolver = resolver;
    this.#watchers = watchers;
  }

  run(command: string, args: readonly string[], options: { env: NodeJS.ProcessEnv; cwd: string }): ChildProcess {
    // `ip netns exec` gives each program a mount namespace of its own.
    const script = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
    return this.#namespace.run('/bin/sh', ['-c', script, 'sh', this.#resolver, command, ...args], options);
  }

  /** Ends the counting. */
  async attempts(): Promise<Attempts> {
    const names = (await this.#watchers.names.end()) as string[];
    const packets = (await this.#watchers.packets.end()) as PacketCounts & { places: string[] };
    return { ...packets, names };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespace.remove();
  }
}
