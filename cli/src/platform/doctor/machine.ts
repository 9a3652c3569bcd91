/** Checks of the machine: the Node that runs everything, isolates, the clock, the servers' programs. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { ServerName } from '../../servers/catalogue.ts';
import { inspectServer } from '../../servers/inspect.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, warn } from './check.ts';

const NODE_MAJOR = '26';
const PROGRAM_MS = 20_000;

const run = promisify(execFile);

export function checkNode(): DoctorCheck {
  const { node } = process.versions;
  if (node.split('.')[0] === NODE_MAJOR) return ok('node', `Node ${node} at ${process.execPath}`);
  return fail(
    'node',
    `Node ${node}; sovfn needs Node ${NODE_MAJOR}`,
    'Start sovfn through its launcher, bin/sovfn.js.',
  );
}

/** Makes a V8 isolate in a process with the flags that cells get. */
export async function checkIsolates(): Promise<DoctorCheck> {
  const module = createRequire(import.meta.resolve('@sovfn/runtime/main')).resolve('isolated-vm');
  const program = `process.stdout.write(String(new (require(${JSON.stringify(module)}).Isolate)().createContextSync().evalSync('6 * 7')))`;
  try {
    const { stdout } = await run(process.execPath, ['--no-node-snapshot', '-e', program], {
      env: {},
      timeout: PROGRAM_MS,
    });
    if (stdout === '42') return ok('isolates', 'V8 isolates work');
    return fail('isolates', `an isolate answered "${stdout}" instead of "42"`, 'Install again with `npm ci`.');
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return fail(
      'isolates',
      `V8 isolates do not work: ${line!}`,
      'Install again with `npm ci`, on a supported platform.',
    );
  }
}

export async function checkServer(name: ServerName, { environment }: DoctorContext): Promise<DoctorCheck> {
  const found = await inspectServer(name, environment);
  switch (found.state) {
    case 'found':
      return ok(name, `${found.path} (${found.step}), version ${found.version ?? 'not stated'}`);
    case 'absent':
      return warn(name, `${name} is not installed yet`, '`sovfn up` installs it.');
    case 'unusable':
      return fail(name, found.reason, '`sovfn up` replaces a damaged file in the cache; correct a path of your own.');
  }
}

/** Signed credentials and schedules need a true clock; whether it is kept true, only the system can say. */
export async function checkClock({ running }: DoctorContext): Promise<DoctorCheck> {
  const now = new Date();
  const hint = 'Set the clock, and let NTP keep it.';
  if (running !== null && now < new Date(running.startedAt)) {
    return fail('clock', `it is ${now.toISOString()}, before the platform's start at ${running.startedAt}`, hint);
  }
  try {
    const { stdout } = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: PROGRAM_MS });
    if (stdout.trim() === 'yes') return ok('clock', `${now.toISOString()}, synchronised`);
    return warn('clock', `${now.toISOString()}, not synchronised`, hint);
  } catch {
    // No systemd here, as in a container: the host keeps the clock.
    return ok('clock', `${now.toISOString()}; this system does not say whether it is synchronised`);
  }
}
