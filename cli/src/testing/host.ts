/**
 * The process that holds a test's platform: started by the test with a channel, and ended by its closing.
 *
 * Guarantees: every request is answered; when the test's process ends, however it does, the platform ends and its data is
 * removed.
 */
import type { HostOperation, HostReply, HostRequest, WireError } from './messages.ts';
import { TestPlatform } from './test-platform.ts';

const ending = new AbortController();
const platform = TestPlatform.start(ending.signal);
platform.catch(() => undefined);

process.on('message', (request: HostRequest) => void answer(request));
process.on('disconnect', () => void end());
// A Ctrl-C reaches every process of the terminal; the test's process decides what it means.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => void end());

async function answer({ id, op, args }: HostRequest): Promise<void> {
  try {
    const carryOut = (await platform).operations[op] as (given: typeof args) => Promise<unknown>;
    reply({ id, answer: await carryOut(args), error: null });
  } catch (error) {
    reply({ id, answer: null, error: wireError(error, op) });
  }
}

function reply(message: HostReply): void {
  if (process.connected) process.send!(message);
}

function wireError(error: unknown, op: HostOperation): WireError {
  if (!(error instanceof Error)) return { name: 'Error', code: null, message: `${op}: ${String(error)}`, hint: null };
  const { code = null, hint = null } = error as { code?: string; hint?: string | null };
  const kind = (error as { kind?: string }).kind;
  return { name: kind ?? error.name, code, message: error.message, hint };
}

async function end(): Promise<void> {
  ending.abort(new Error('the test has ended'));
  try {
    await (await platform)[Symbol.asyncDispose]();
  } catch {
    // It did not start: nothing of it is left running.
  }
  process.exit();
}
