/** What tests of whole platforms share: a home of their own, free ports, and platforms in processes that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts, makeTemporaryFolder } from '@sovfn/testkit';
import type { Ports } from '../../src/platform/index.ts';

export interface PlatformHome extends AsyncDisposable {
  /** Data folder; not made yet. */
  readonly data: string;
  /** `$XDG_CONFIG_HOME`. */
  readonly config: string;
  readonly environment: NodeJS.ProcessEnv;
}

export async function makeHome(): Promise<PlatformHome> {
  const folder = await makeTemporaryFolder('home');
  const config = join(folder.path, 'config');
  return {
    data: join(folder.path, 'data'),
    config,
    environment: { ...process.env, XDG_CONFIG_HOME: config },
    [Symbol.asyncDispose]: async () => folder[Symbol.asyncDispose](),
  };
}

export async function somePorts(): Promise<Ports> {
  const [publicPort, control, operator, bus, store, monitor] = await freePorts(6);
  return { public: publicPort!, control: control!, operator: operator!, bus: bus!, store: store!, monitor: monitor! };
}

export interface UpEvent {
  readonly type: string;
  readonly [fact: string]: unknown;
}

export interface UpProcess {
  readonly child: ChildProcess;
  readonly events: readonly UpEvent[];
  /** The first event of that type, now or later; rejects when the process ends without it. */
  event(type: string): Promise<UpEvent>;
}

/** Starts a platform in a process of its own, which imports `before` before anything else. The caller ends it. */
export function upInProcess(home: PlatformHome, ports: Ports, before: readonly URL[] = []): UpProcess {
  const script = join(import.meta.dirname, 'up-process.ts');
  const imports = before.flatMap((module) => ['--disable-warning=ExperimentalWarning', '--import', module.href]);
  const child = spawn(process.execPath, [...imports, script, home.data, home.config, JSON.stringify(ports)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: UpEvent[] = [];
  const waiting = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  const wake = (): void => waiting.forEach((check) => check());
  lines.on('line', (line) => {
    events.push(JSON.parse(line) as UpEvent);
    wake();
  });
  lines.on('close', wake);
  const event = (type: string): Promise<UpEvent> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = events.find((candidate) => candidate.type === type);
        if (found !== undefined) resolve(found);
        else if (child.stdout.closed) reject(new Error(`The platform ended without "${type}".`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  return { child, events, event };
}

/** Neither running nor waiting to be collected. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
