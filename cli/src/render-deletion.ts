/** What deleting a function would end, what waits and what stays, as rows for people. */
import { type DeletionPlan, shortVersion } from '@sovfn/protocol';
import type { Showing } from './context.ts';
import type { Say } from './language.ts';
import { formatFacts } from './table.ts';

interface Surroundings extends Showing {
  /** The code and the secrets would go as well. */
  readonly purge: boolean;
}

export function renderDeletion(plan: DeletionPlan, { purge, say, output }: Surroundings): string {
  const { ends, waits, stays } = plan;
  const kept = [say('deletion.versions', { count: stays.versions }), ...stays.secrets];
  const rows = [
    [plan.function, `${say('column.version')} ${shortVersion(plan.version)}`],
    ...rowsOf(say('deletion.urls'), ends.urls),
    ...rowsOf(say('deletion.webhooks'), ends.webhooks),
    ...rowsOf(
      say('deletion.schedules'),
      ends.schedules.map(({ name, cron, timezone }) => `${name}  ${cron}  ${timezone}`),
    ),
    ...rowsOf(say('deletion.callers'), ends.callers),
    [say('deletion.waits'), waits === null ? say('deletion.unknown') : say('deletion.waiting', waits)],
    ...(purge ? rowsOf(say('deletion.purged'), kept) : []),
    ...rowsOf(say('deletion.stays'), [
      ...(purge ? [] : kept),
      ...stays.bindings.map((binding) => describeBinding(binding, say)),
      say('deletion.outputs'),
    ]),
  ];
  return formatFacts(rows, output.width);
}

function describeBinding({ name, type, keys }: DeletionPlan['stays']['bindings'][number], say: Say): string {
  return keys === null ? `${name} (${type})` : say('deletion.keys', { name, type, keys });
}

/** The title stands beside the first value. Nothing for no values. */
function rowsOf(title: string, values: readonly string[]): string[][] {
  return values.map((value, position) => [position === 0 ? title : '', value]);
}
