import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { Output } from '../output.ts';
import type { DoctorCheck } from '../platform/index.ts';
import { printable } from '../printable.ts';
import { besideMark, formatRows, MARK_ROOM, withMark } from '../table.ts';

export const doctor = defineCommand({
  examples: ['doctor', 'doctor --json'],
  args: { data: { type: 'string', value: 'folder', summary: 'down.data' } },
  positionals: {},
  async handler({ data }, { output, env, cwd, json, say }) {
    const { runDoctor } = await import('../platform/index.ts');
    const where = data === null ? {} : { data: resolve(cwd, data) };
    const checks = await runDoctor({ ...where, environment: env, say });
    if (json) output.json({ v: 1, checks });
    else showChecks(checks, output);
    return checks.some(({ state }) => state === 'fail') ? EXIT.system : EXIT.ok;
  },
});

function showChecks(checks: readonly DoctorCheck[], output: Output): void {
  const { green, yellow, red } = output.paint;
  const marks = { ok: green('✔'), warn: yellow('!'), fail: red('✖') };
  const lines = formatRows(
    checks.map(({ check, detail }) => [check, printable(detail)]),
    output.width === null ? null : output.width - MARK_ROOM,
  );
  for (const [position, { state, hint }] of checks.entries()) {
    output.result(withMark(marks[state], lines[position]!));
    if (hint !== null) output.result(`  → ${besideMark(printable(hint), output.width, MARK_ROOM)}`);
  }
}
