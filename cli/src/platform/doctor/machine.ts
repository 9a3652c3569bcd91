/** Checks of the machine: the Node that runs everything, isolates, the clock, the servers' programs. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Say } from '../../language.ts';
import type { ServerName } from '../../servers/catalogue.ts';
import { inspectServer } from '../../servers/inspect.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, warn } from './check.ts';

const NODE_MAJOR = '26';
/** What an isolate answers that works. */
const ANSWER = '42';
const PROGRAM_MS = 20_000;

const run = promisify(execFile);

export function checkNode(say: Say): DoctorCheck {
  const { node: version } = process.versions;
  if (version.split('.')[0] === NODE_MAJOR) return ok('node', say('doctor.node', { version, path: process.execPath }));
  return fail('node', say('doctor.node.wrong', { version, needed: NODE_MAJOR }), say('doctor.node.wrong.hint'));
}

/** Makes a V8 isolate in a process with the flags that cells get. */
export async function checkIsolates(say: Say): Promise<DoctorCheck> {
  const module = createRequire(import.meta.resolve('@sovfn/runtime/main')).resolve('isolated-vm');
  const program = `process.stdout.write(String(new (require(${JSON.stringify(module)}).Isolate)().createContextSync().evalSync('6 * 7')))`;
  try {
    const { stdout } = await run(process.execPath, ['--no-node-snapshot', '-e', program], {
      env: {},
      timeout: PROGRAM_MS,
    });
    if (stdout === ANSWER) return ok('isolates', say('doctor.isolates'));
    return fail(
      'isolates',
      say('doctor.isolates.odd', { answer: stdout, expected: ANSWER }),
      say('doctor.isolates.odd.hint'),
    );
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return fail('isolates', say('doctor.isolates.broken', { reason: line! }), say('doctor.isolates.broken.hint'));
  }
}

export async function checkServer(name: ServerName, { environment, say }: DoctorContext): Promise<DoctorCheck> {
  const found = await inspectServer(name, environment);
  switch (found.state) {
    case 'found':
      return ok(name, say('doctor.server', { ...found, version: found.version ?? say('doctor.not-stated') }));
    case 'absent':
      return warn(name, say('doctor.server.absent', { name }), say('doctor.server.absent.hint'));
    case 'unusable':
      return fail(name, say('doctor.server.unusable', found), say('doctor.server.unusable.hint'));
  }
}

/** Signed credentials and schedules need a true clock; whether it is kept true, only the system can say. */
export async function checkClock({ running, say }: DoctorContext): Promise<DoctorCheck> {
  const now = new Date().toISOString();
  const hint = say('doctor.clock.hint');
  if (running !== null && now < running.startedAt) {
    return fail('clock', say('doctor.clock.wrong', { now, start: running.startedAt }), hint);
  }
  try {
    const { stdout } = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: PROGRAM_MS });
    if (stdout.trim() === 'yes') return ok('clock', say('doctor.clock', { now }));
    return warn('clock', say('doctor.clock.drifts', { now }), hint);
  } catch {
    // No systemd here, as in a container: the host keeps the clock.
    return ok('clock', say('doctor.clock.unknown', { now }));
  }
}
