import type { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CommandContext } from '../context.ts';
import { renderDeletion } from '../render-deletion.ts';
import { usageError } from '../usage-errors.ts';

interface Wanted {
  readonly name: string;
  readonly purge: boolean;
}

export const deleteFunction = defineCommand({
  examples: ['delete invoice', 'delete invoice --dry-run', 'delete invoice --yes', 'delete invoice --purge --yes'],
  args: {
    'dry-run': { type: 'boolean', summary: 'delete.dry-run' },
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
    purge: { type: 'boolean', summary: 'delete.purge' },
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, yes, purge, 'dry-run': isDryRun }, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    const wanted = { name, purge };
    if (isDryRun) return showPlan(client, wanted, context);
    if (!yes && !(await isConfirmed(client, wanted, context))) {
      output.progress(say('delete.kept', { name }));
      return EXIT.user;
    }
    const deleted = await client.deleteFunction(name, { purge });
    if (json) output.json(deleted);
    else output.result(`${output.paint.green('✔')} ${say('delete.done', { name })}`);
    return EXIT.ok;
  },
});

async function showPlan(client: ControlClient, { name, purge }: Wanted, context: CommandContext): Promise<ExitCode> {
  const { output, say, json } = context;
  const plan = await client.planDeletion(name);
  if (json) output.json(plan);
  else output.result(renderDeletion(plan, { purge, say, output }));
  return EXIT.ok;
}

/** Shows what hangs on the function before it asks. Throws `usage` when there is nobody to ask. */
async function isConfirmed(client: ControlClient, { name, purge }: Wanted, context: CommandContext): Promise<boolean> {
  const { output, say, isInteractive } = context;
  const unconfirmed = say('delete.unconfirmed', { name });
  if (!isInteractive) throw usageError(unconfirmed, say('confirm.hint'));
  output.progress(renderDeletion(await client.planDeletion(name), { purge, say, output }));
  return confirm({ question: say('delete.question', { name }), unconfirmed }, context);
}
