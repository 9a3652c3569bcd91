/** Runs the supervisor of a node: `main.ts --config <file> [--exit-with-parent]`. Ready is one JSON line on stdout. */
import { parseArgs } from 'node:util';
import { collectWhenIdle } from '@sovfn/bus';
import { errorClass, isSovfnError } from '@sovfn/protocol';
import { jsonLog, readConfig, startSupervisor } from './index.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'node.json' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});
const log = jsonLog((line) => process.stderr.write(line));

try {
  const supervisor = await startSupervisor(await readConfig(values.config), { log });
  const stop = (): void => void supervisor.close().then(() => process.exit(0));
  void supervisor.expired.then(() => {
    log({ level: 'error', event: 'labels-expired', node: supervisor.node });
    stop();
  });
  void supervisor.refused.then(() => {
    log({ level: 'error', event: 'bus-credential-refused', node: supervisor.node });
    stop();
  });
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Whoever started it holds the other end of stdin, and lets go of it by ending, however that happens.
  if (values['exit-with-parent']) process.stdin.resume().once('close', stop);
  process.stdout.write('{"type":"ready"}\n');
  collectWhenIdle();
} catch (error) {
  if (!isSovfnError(error)) throw error;
  log({ level: 'error', event: 'supervisor-not-started', code: error.code, reason: error.message, hint: error.hint });
  process.exitCode = errorClass(error.code) === 'user' ? 1 : 70;
}
