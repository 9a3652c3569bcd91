import { resolve } from 'node:path';
import { defineZone, type NamedZone, type ZoneCriteria } from '@sovfn/protocol';
import { ZodError } from 'zod';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { listOf } from '../place-arguments.ts';
import type { AddedZone } from '../platform/index.ts';
import { printable } from '../printable.ts';
import { zoneText } from '../render-zone.ts';
import { formatFacts } from '../table.ts';
import { usageError } from '../usage-errors.ts';

const CRITERIA = {
  basis: 'nodes.row.country',
  country: 'nodes.row.country',
  region: 'nodes.row.region',
  operator: 'nodes.row.operator',
  legalSeat: 'nodes.row.seat',
  certs: 'nodes.row.certs',
} as const satisfies Record<NonNullable<AddedZone['unmet']>['criterion'], string>;

/** Where each criterion is written. */
const OPTIONS = {
  countries: '--country',
  regions: '--region',
  operators: '--operator',
  legalSeats: '--legal-seat',
  certs: '--certs',
} as const satisfies Record<keyof ZoneCriteria, string>;

export const zonesAdd = defineCommand({
  examples: [
    'zones add secnum --country FR --certs SecNumCloud',
    'zones add franco-german --country FR,DE --legal-seat FR,DE',
  ],
  args: {
    country: { type: 'string', value: 'list', summary: 'zones.add.country' },
    region: { type: 'string', value: 'list', summary: 'zones.add.region' },
    operator: { type: 'strings', value: 'name', summary: 'zones.add.operator' },
    'legal-seat': { type: 'string', value: 'list', summary: 'zones.add.legal-seat' },
    certs: { type: 'string', value: 'list', summary: 'zones.add.certs' },
    data: { type: 'string', value: 'folder', summary: 'nodes.data' },
  },
  positionals: { zone: { summary: 'argument.new-zone' } },
  async handler({ zone: name, country, region, operator, 'legal-seat': seat, certs, data }, context) {
    const { connectAsOperator, output, env, cwd, json } = context;
    const list = (text: string | null): string[] => (text === null ? [] : listOf(text));
    const asked = { countries: list(country), regions: list(region), operators: operator };
    const zone = readZone(name, { ...asked, legalSeats: list(seat), certs: list(certs) }, context);
    const { addZone, platformFolder } = await import('../platform/index.ts');
    const client = await connectAsOperator();
    const added = await addZone({
      data: await platformFolder(data === null ? null : resolve(cwd, data), env),
      zone,
      note: (definition) => client.nameZone(definition),
      tellGateways: (node, state) => client.setEnrolment(node, state),
    });
    if (json) output.json({ v: 1, zone, ...added });
    else output.result(renderAdded(zone, added, context));
    return EXIT.ok;
  },
});

function readZone(name: string, asked: ZoneCriteria, { say }: CommandContext): NamedZone {
  if (Object.values(asked).every((list) => list.length === 0))
    throw usageError(
      say('zones.asks-nothing', { zone: name }),
      say('zones.asks-nothing.hint', { options: Object.values(OPTIONS).join(', ') }),
    );
  try {
    return defineZone(name, asked);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [{ path, message } = { path: [], message: '' }] = error.issues;
    const criterion = path[0] as keyof ZoneCriteria | 'name';
    const written =
      criterion === 'name' ? `<zone> "${name}"` : `${OPTIONS[criterion]} "${asked[criterion]?.join(',')}"`;
    throw usageError(`${printable(written)}: ${message}`, say('usage.see-help', { command: 'sovfn zones add' }));
  }
}

function renderAdded(zone: NamedZone, { unmet, nodes }: AddedZone, { output, say }: CommandContext): string {
  const told = (of: AddedZone['unmet']): string =>
    of === null
      ? say('zones.in')
      : say('zones.out', { what: say(CRITERIA[of.criterion]), is: printable(of.is ?? say('nodes.undeclared')) });
  const rows = [{ node: say('zones.machine'), unmet }, ...nodes].map((at) => [at.node, told(at.unmet)]);
  return [
    `${output.paint.green('✔')} ${say('zones.added', { zone: zone.name, asks: zoneText(zone, say) })}`,
    formatFacts(rows, output.width),
    say(unmet === null ? 'zones.restart' : 'zones.unserved'),
  ].join('\n\n');
}
