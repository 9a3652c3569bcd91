import type { Reconciliation } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';

export const eventsReconcile = defineCommand({
  examples: ['events reconcile', 'events reconcile ledger --json', 'events reconcile ledger --skip-outputs'],
  args: { 'skip-outputs': { type: 'boolean', summary: 'reconcile.skip-outputs' } },
  positionals: { function: { optional: true, summary: 'reconcile.function' } },
  async handler({ function: name, 'skip-outputs': skipsOutputs }, context) {
    const { connect, output, json } = context;
    const answer = await (await connect()).events.reconcile(name, { skipsOutputs });
    if (json) output.json(answer);
    else show(answer.functions, context);
    // What was promised is not kept: that is the platform's fault.
    return answer.functions.every(({ disagreementCount }) => disagreementCount === 0) ? EXIT.ok : EXIT.system;
  },
});

function show(functions: readonly Reconciliation[], { output, say }: CommandContext): void {
  const [first] = functions;
  if (first === undefined) return output.progress(say('reconcile.empty'));
  const head = [
    say('column.function'),
    say('column.accepted'),
    say('column.ended'),
    say('column.waiting'),
    say('column.disagree'),
  ];
  const rows = functions.map(({ function: name, accepted, ended, pending, disagreementCount }) => {
    return [name, String(accepted), String(ended), String(pending), String(disagreementCount)];
  });
  output.result(formatTable([head, ...rows], output.width));
  for (const { function: name, disagreements, disagreementCount } of functions) {
    for (const { event, kind, detail } of disagreements) {
      output.result(`${output.paint.red('✖')} ${name}  ${event ?? '–'}  ${kind}: ${printable(detail)}`);
    }
    const unnamed = disagreementCount - disagreements.length;
    if (unnamed > 0) output.progress(say('reconcile.more', { name, count: unnamed }));
  }
  output.progress(say('reconcile.since', { time: formatTime(first.since) }));
}
