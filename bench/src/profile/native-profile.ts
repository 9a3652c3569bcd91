/** Where a process that has no inspector spends its CPU time, by its native functions: with `perf`, where there is one. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SAMPLES_PER_SECOND = 2_000;
/** Columns are two spaces apart or more. */
const LINE = /^\s*(\d+\.\d+)%\s+\[[.k]\]\s+(.*?)(?:\s{2,}.*)?$/;
const NAME_LENGTH = 100;

export interface NativeFunction {
  readonly name: string;
  readonly percent: number;
}

export function hasPerf(): boolean {
  return spawnSync('perf', ['--version']).status === 0;
}

/** Samples the process while `work` runs. Throws what perf says when it fails. */
export async function sampleNative(pid: number, folder: string, work: () => Promise<void>): Promise<NativeFunction[]> {
  const file = join(folder, `${pid}.perf`);
  const args = ['record', '-q', '-F', String(SAMPLES_PER_SECOND), '-e', 'cpu-clock', '-p', String(pid), '-o', file];
  const recording = spawn('perf', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  recording.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const ended = once(recording, 'exit');
  await work();
  recording.kill('SIGINT');
  await ended;
  const report = spawnSync('perf', ['report', '-i', file, '--stdio', '--no-children', '--sort', 'symbol'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (report.status !== 0) throw new Error(`perf: ${said}${report.stderr}`);
  return report.stdout.split('\n').flatMap((line) => {
    const [, percent, name] = LINE.exec(line) ?? [];
    return name === undefined ? [] : [{ name: name.slice(0, NAME_LENGTH), percent: Number(percent) }];
  });
}
