/** A network namespace of this machine, and what runs in it. Linux, as root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

export const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' });

/** Null when this machine can make network namespaces; else why it cannot. */
export function whyNoNamespaces(): string | null {
  const name = `sovfn-probe-${randomBytes(4).toString('hex')}`;
  try {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('netns', 'del', name);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export class Namespace {
  readonly name: string;
  readonly #watchers = new Set<ChildProcess>();

  constructor(name: string) {
    this.name = name;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  run(command: string, args: readonly string[], options: RunOptions = {}): ChildProcess {
    const words = ['netns', 'exec', this.name, command, ...args];
    return spawn('ip', words, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  }

  /** Starts a script that watches: resolves when it says that it is ready. `kill` leaves it alone. */
  async watch(script: string, args: readonly string[]): Promise<Watcher> {
    const child = this.run(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args]);
    this.#watchers.add(child);
    child.stderr!.pipe(process.stderr);
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child.stdout!, 'data');
    return {
      end: async () => {
        child.kill('SIGTERM');
        await once(child, 'close');
        this.#watchers.delete(child);
        return JSON.parse(said.trim().split('\n').at(-1)!) as unknown;
      },
    };
  }

  /** Ends everything that runs in it at once, as a power cut does; what watches goes on. */
  async kill(): Promise<void> {
    for (;;) {
      const watchers = new Set([...this.#watchers].map(({ pid }) => pid));
      const pids = ip('netns', 'pids', this.name).split('\n').filter(Boolean).map(Number);
      const left = pids.filter((pid) => !watchers.has(pid));
      if (left.length === 0) return;
      for (const pid of left) killIfThere(pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async remove(): Promise<void> {
    for (const watcher of this.#watchers) watcher.kill('SIGKILL');
    await this.kill();
    ip('netns', 'del', this.name);
  }
}

export interface Watcher {
  /** What it says at its end. */
  end(): Promise<unknown>;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
