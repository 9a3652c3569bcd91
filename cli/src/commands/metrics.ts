import type { FunctionMetrics, MetricsReport } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatBytes, formatMilliseconds, formatSeconds, formatTime } from '../format.ts';
import { formatFacts, formatTable } from '../table.ts';

const NONE = '–';
const MS_PER_S = 1_000;

export const metrics = defineCommand({
  examples: ['metrics', 'metrics invoice', 'metrics --json'],
  args: {},
  positionals: { function: { optional: true, summary: 'metrics.function' } },
  async handler({ function: name }, context) {
    const { connect, output, say, json } = context;
    const answer = await (await connect()).metrics(name);
    if (json) output.json(answer);
    else show(answer, name, context);
    await tellOfOthers(context);
    if (answer.functions.some(({ waiting }) => waiting === null)) {
      output.progress(output.paintProgress.yellow(say('metrics.unknown')));
    }
    return EXIT.ok;
  },
});

/** Gateways that share this machine's port, each of which counts for itself. */
async function tellOfOthers({ output, say, env, json }: CommandContext): Promise<void> {
  if (json) return;
  const { furtherGateways } = await import('../platform/status.ts');
  const addresses = (await furtherGateways(env)).map(({ control }) => control);
  if (addresses.length > 0) output.progress(say('metrics.one-of-several', { addresses: addresses.join(', ') }));
}

function show({ functions, gateway, since }: MetricsReport, name: string | null, context: CommandContext): void {
  const { output, say } = context;
  if (functions.length === 0) return output.progress(say('list.empty'));
  if (name === null)
    output.result(formatTable([headOf(context), ...functions.map((of) => rowOf(of, context))], output.width));
  else output.result(functions.map((of) => formatFacts(factsOf(of, context), output.width)).join('\n'));
  output.progress(say('metrics.since', { gateway, time: formatTime(since) }));
}

function headOf({ say }: CommandContext): string[] {
  const calls = [say('column.function'), say('column.calls'), say('column.errors'), say('column.killed')];
  const waiting = [say('column.due'), say('column.oldest'), say('column.later'), say('column.dead')];
  return [...calls, 'p50', 'p95', say('column.cpu'), ...waiting];
}

function rowOf(of: FunctionMetrics, context: CommandContext): string[] {
  const { calls, durationMs, waiting } = of;
  const time = (ms: number | null): string => (ms === null ? NONE : formatTimeSpan(ms, context));
  const count = (number: number | undefined): string => (number === undefined ? NONE : String(number));
  return [
    of.name,
    ...[calls.total, calls.failed + calls.serverErrors, killsOf(of)].map(String),
    time(durationMs.p50),
    time(durationMs.p95),
    formatTimeSpan(calls.cpuMs, context),
    count(waiting === null ? undefined : waiting.events + waiting.messages),
    waiting?.oldestSeconds === undefined || waiting.oldestSeconds === null
      ? NONE
      : formatTimeSpan(waiting.oldestSeconds * MS_PER_S, context),
    count(waiting === null ? undefined : waiting.delayedEvents + waiting.delayedMessages),
    count(waiting?.deadLetters),
  ];
}

/** Everything about one function, a line for each subject. */
function factsOf(of: FunctionMetrics, context: CommandContext): string[][] {
  const { say, locale } = context;
  const { calls, durationMs, events, outputs } = of;
  const [p50, p95, p99] = [durationMs.p50, durationMs.p95, durationMs.p99].map((ms) => {
    return ms === null ? NONE : formatTimeSpan(ms, context);
  }) as [string, string, string];
  const happened = say('metrics.events', events);
  const other = events.expired + events.cancelled === 0 ? [] : [say('metrics.events.other', events)];
  const paused = events.isPaused ? [say('metrics.paused')] : [];
  const size = formatBytes(outputs.bytes, locale);
  return [
    [say('metrics.row.calls'), say('metrics.calls', { total: calls.total, cold: calls.coldStarts })],
    [say('metrics.row.errors'), say('metrics.errors', calls)],
    ...killLines(of, context),
    [say('metrics.row.time'), say('metrics.time', { p50, p95, p99 })],
    [say('metrics.row.cpu'), formatTimeSpan(calls.cpuMs, context)],
    [say('metrics.row.events'), [happened, ...other, ...paused].join(', ')],
    [say('metrics.row.waiting'), waitingText(of, context)],
    [
      say('metrics.row.outputs'),
      say('metrics.outputs', { kept: outputs.kept, size, pending: of.waiting?.outputs ?? NONE }),
    ],
  ];
}

function killLines({ kills }: FunctionMetrics, { say }: CommandContext): string[][] {
  if (kills.length === 0) return [[say('metrics.row.killed'), '0']];
  return kills.map(({ outcome, limit, calls, limitValue, measured }, position) => {
    const facts = { calls, outcome, limit, value: limitValue ?? NONE, measured: measured ?? NONE };
    return [position === 0 ? say('metrics.row.killed') : '', say('metrics.kill', facts)];
  });
}

function waitingText({ waiting }: FunctionMetrics, context: CommandContext): string {
  const { say } = context;
  if (waiting === null) return NONE;
  const { events, messages, delayedEvents, delayedMessages, deadLetters, oldestSeconds } = waiting;
  const text = say('metrics.waiting', { events, messages, later: delayedEvents + delayedMessages, deadLetters });
  if (oldestSeconds === null) return text;
  return `${text}, ${say('metrics.waiting.oldest', { time: formatTimeSpan(oldestSeconds * MS_PER_S, context) })}`;
}

function killsOf({ kills }: FunctionMetrics): number {
  return kills.reduce((sum, { calls }) => sum + calls, 0);
}

function formatTimeSpan(ms: number, { locale }: CommandContext): string {
  return ms < MS_PER_S ? formatMilliseconds(ms, locale) : formatSeconds(ms, locale);
}
