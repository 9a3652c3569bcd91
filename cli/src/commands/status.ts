import { isSovfnError, type PlatformStatus } from '@sovfn/protocol';
import type { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext, Showing } from '../context.ts';
import { formatTime } from '../format.ts';
import type { Say } from '../language.ts';
import type { LocalProcess } from '../platform/status.ts';
import { formatFacts, formatRows, formatTable, MARK_ROOM, withMark } from '../table.ts';

export const status = defineCommand({
  examples: ['status', 'status --json && echo ready'],
  args: {},
  positionals: {},
  async handler(_, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    const answer = await askStatus(client, context);
    if (json) output.json(answer);
    else {
      output.result(renderStatus(answer, context));
      await showFurtherGateways(context);
      const countries = await waitingCountries(client);
      if (countries.length > 0) {
        const waiting = say('countries.some-wait', { countries: countries.join(', ') });
        output.progress(output.paintProgress.yellow(waiting));
      }
    }
    return answer.ready ? EXIT.ok : EXIT.system;
  },
});

async function askStatus(client: ControlClient, context: CommandContext): Promise<PlatformStatus> {
  try {
    return await client.status();
  } catch (error) {
    if (isSovfnError(error) && (error.code === 'platform-unreachable' || error.code === 'stream-lost'))
      await showProcesses(context);
    throw error;
  }
}

/** Empty for a token that may not see functions: the status is for it all the same. */
async function waitingCountries(client: ControlClient): Promise<string[]> {
  try {
    const { functions } = await client.listCountries();
    return [...new Set(functions.flatMap(({ waiting }) => waiting))].toSorted();
  } catch (error) {
    if (isSovfnError(error) && error.code === 'forbidden') return [];
    throw error;
  }
}

/** Of a platform on this machine whose control API does not answer: what of it still runs. */
async function showProcesses({ output, say, env }: CommandContext): Promise<void> {
  if (env['SOVFN_URL']) return;
  const { platformStatus } = await import('../platform/status.ts');
  const local = await platformStatus(env);
  if (local === null) return;
  output.progress(say(`status.local.${local.state}`, { data: local.data }));
  const rows = local.processes.map((process) => [`  ${process.part}`, processText(process, say)]);
  if (rows.length > 0) output.progress(formatFacts(rows, output.width));
}

/** What the control API, which is one gateway's, does not know. */
async function showFurtherGateways({ output, say, env }: CommandContext): Promise<void> {
  const { furtherGateways } = await import('../platform/status.ts');
  const gateways = await furtherGateways(env);
  if (gateways.length === 0) return;
  output.progress(say('status.further-gateways'));
  const rows = gateways.map((gateway) => [`  ${gateway.part}`, processText(gateway, say), gateway.control]);
  output.progress(formatFacts(rows, output.width));
}

function processText({ pid, isRunning }: LocalProcess, say: CommandContext['say']): string {
  return isRunning ? say('status.process.running', { pid }) : say('status.process.gone');
}

/** In the user's language where it follows from what is known; else as the gateway has said it. */
function detailOf(
  { name, state, detail: reason }: PlatformStatus['parts'][number],
  { gateway, nodes }: PlatformStatus,
  say: Say,
): string {
  const isReady = state === 'ready';
  switch (name) {
    case 'gateway':
      return say('status.calls', { count: gateway.inFlight });
    case 'bus':
      return say(isReady ? 'status.bus-there' : 'status.bus-away');
    case 'store':
      return isReady ? say('status.store-there') : say('status.reason', { reason });
    case 'nodes':
      return isReady ? say('status.nodes', { count: nodes.length }) : say('status.reason', { reason });
  }
}

function renderStatus(status: PlatformStatus, { say, output }: Showing): string {
  const { paint, width } = output;
  const marks = { ready: paint.green('✔'), degraded: paint.yellow('!'), down: paint.red('✖') };
  const parts = formatRows(
    status.parts.map((part) => [part.name, say(`status.${part.state}`), detailOf(part, status, say)]),
    width === null ? null : width - MARK_ROOM,
  );
  const lines = parts.map((part, position) => withMark(marks[status.parts[position]!.state], part));
  const nodes = status.nodes.map(({ name, zones, cells, versions, seenAt }) => {
    return [name, zones.join(', '), String(cells), String(versions), formatTime(seenAt)];
  });
  const head = [
    say('column.node'),
    say('column.zone'),
    say('column.cells'),
    say('column.versions'),
    say('column.seen'),
  ];
  return [
    lines.join('\n'),
    [
      say('status.address', { url: status.gateway.publicUrl }),
      say('status.functions', { count: status.functions }),
    ].join('\n'),
    ...(nodes.length === 0 ? [] : [formatTable([head, ...nodes], width)]),
    ...(status.pendingOutputs === null || status.pendingOutputs === 0
      ? []
      : [say('status.pending', { count: status.pendingOutputs })]),
  ].join('\n\n');
}
