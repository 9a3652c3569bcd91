import type { Arguments } from './arguments.ts';
import type { Bench } from './bench.ts';
import { packagedVersion } from './contenders/packaged-binary.ts';
import { workerdVersion } from './contenders/workerd.ts';
import { describeError } from './describe-error.ts';
import { installServers } from './install-servers.ts';
import { chooseLoadGenerator } from './load/load-generator.ts';
import { describeMachine, isBusy, readCommit } from './machine.ts';
import { MEASUREMENTS } from './measurements/index.ts';
import { profileHello } from './profile/profile.ts';
import type { Result } from './result/result.ts';
import { FULL, QUICK } from './settings.ts';

/**
 * Makes the measurements one after the other. One that fails is noted and the others still run; throws only when `signal`
 * aborts, or when the servers cannot be installed.
 */
export async function runBench({ isQuick, only }: Arguments, signal: AbortSignal): Promise<Result> {
  await installServers({ say, signal });
  const machine = describeMachine();
  if (isBusy(machine)) say(`the machine is busy (load ${machine.loadBefore.toFixed(1)}): the figures will be noise`);
  const load = chooseLoadGenerator();
  const bench: Bench = { settings: isQuick ? QUICK : FULL, load, signal, say };
  const startedAt = new Date().toISOString();
  const measurements: Record<string, unknown> = {};
  const failures: Result['failures'] = [];
  for (const { name, measure } of MEASUREMENTS) {
    if (only.length > 0 && !only.includes(name)) continue;
    try {
      measurements[name] = await measure(bench);
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ measurement: name, reason: describeError(error) });
      say(`${name} failed`);
    }
  }
  const facts = { startedAt, mode: isQuick ? 'quick' : 'full', commit: readCommit(), machine } as const;
  const beside = { workerd: workerdVersion(), deno: packagedVersion('deno'), bun: packagedVersion('bun') };
  return { v: 1, ...facts, loadGenerator: load.name, ...beside, measurements, failures };
}

/** Throws when `signal` aborts, or when something fails. */
export async function runProfile(signal: AbortSignal): Promise<string> {
  await installServers({ say, signal });
  return profileHello({ load: chooseLoadGenerator(), signal, say });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
