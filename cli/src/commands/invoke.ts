import {
  ANSWER_HEADERS,
  errorClass,
  type InvokeRequest,
  isOutcome,
  type LogEvent,
  shortVersion,
} from '@sovfn/protocol';
import { ApiError } from '../api/api-error.ts';
import type { ControlClient } from '../api/control-client.ts';
import type { ApiAnswer } from '../api/http.ts';
import { streamLost } from '../api/stream-lost.ts';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readInvocationLog } from '../invocation-log.ts';
import { invokeAsync, readAsyncArguments } from '../invoke-async.ts';
import { makeInvokeRequest } from '../invoke-request.ts';
import { formatMilliseconds } from '../format.ts';
import { printable } from '../printable.ts';
import { renderLog } from '../render-log.ts';

const LEAST_ERROR_STATUS = 400;

interface Wanted {
  readonly name: string;
  readonly request: InvokeRequest;
}

export const invoke = defineCommand({
  examples: [
    'invoke hello',
    'invoke invoice --data @order.json > invoice.pdf',
    'invoke csv-import --data @suppliers.csv --header "content-type: text/csv"',
    'invoke quotes "/quotes?vat=20" --json',
    'invoke report --async --delay 10m',
  ],
  args: {
    method: { type: 'string', short: 'X', value: 'method', summary: 'invoke.method' },
    header: { type: 'strings', short: 'H', value: 'name: value', summary: 'invoke.header' },
    data: { type: 'string', short: 'd', value: 'text|@file|@-', summary: 'invoke.data' },
    async: { type: 'boolean', summary: 'invoke.async' },
    delay: { type: 'string', value: 'duration', summary: 'invoke.delay' },
    at: { type: 'string', value: 'time', summary: 'invoke.at' },
    key: { type: 'string', value: 'key', summary: 'invoke.key' },
    callback: { type: 'string', value: 'url', summary: 'invoke.callback' },
  },
  positionals: {
    function: { summary: 'argument.function' },
    path: { optional: true, summary: 'invoke.path' },
  },
  async handler({ function: name, ...written }, context) {
    const asked = readAsyncArguments(written, context);
    const client = await context.connect();
    const wanted = { name, request: await makeInvokeRequest(written, context) };
    if (asked !== null) return invokeAsync(client, wanted, asked, context);
    return context.json ? showDocument(client, wanted, context) : showResponse(client, wanted, context);
  },
});

/** With `--json`: the call and its response as one document, whatever came of it. */
async function showDocument(client: ControlClient, wanted: Wanted, { output }: CommandContext): Promise<ExitCode> {
  const call = await client.invoke(wanted.name, wanted.request);
  output.json(call);
  if (call.outcome === 'ok') return EXIT.ok;
  const isUser = isOutcome(call.outcome) && call.outcome !== 'ok' && errorClass(call.outcome) === 'user';
  return isUser ? EXIT.user : EXIT.system;
}

/** The body on stdout as it streams; the call's log lines and facts on stderr. */
async function showResponse(client: ControlClient, wanted: Wanted, context: CommandContext): Promise<ExitCode> {
  const { name, request } = wanted;
  try {
    const answer = await client.invokeRaw(name, request);
    await writeBody(answer, context);
    showLines(await readInvocationLog(client, name, headerOf(answer, 'invocation')), context);
    showFacts(answer, context);
    return EXIT.ok;
  } catch (error) {
    const invocation = error instanceof ApiError ? error.problem.invocation : null;
    if (invocation !== null) showLines(await readInvocationLog(client, name, invocation), context);
    throw error;
  }
}

async function writeBody(answer: ApiAnswer, context: CommandContext): Promise<void> {
  const { output } = context;
  let last: Buffer | null = null;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      await output.bytes(chunk);
      last = chunk;
    }
  } catch (cause) {
    throw streamLost(cause, context);
  }
  const LINE_FEED = 10;
  if (output.isTerminal && last !== null && last.at(-1) !== LINE_FEED) output.result('');
}

function showLines(lines: readonly LogEvent[], { output, say, locale }: CommandContext): void {
  for (const line of lines) output.progress(renderLog(line, { say, paint: output.paintProgress, locale }));
}

function showFacts(answer: ApiAnswer, context: CommandContext): void {
  const { output, say } = context;
  const { green, yellow, dim } = output.paintProgress;
  const version = shortVersion(headerOf(answer, 'version'));
  const node = say('fact.node', { node: headerOf(answer, 'node') });
  const facts = [
    `${version}…`,
    node,
    renderTiming(headerOf(answer, 'timing'), context),
    headerOf(answer, 'invocation'),
  ];
  const status = answer.status < LEAST_ERROR_STATUS ? green(`✔ ${answer.status}`) : yellow(`! ${answer.status}`);
  output.progress(`${status} ${dim(printable(facts.join(' · ')))}`);
}

function headerOf(answer: ApiAnswer, header: keyof typeof ANSWER_HEADERS): string {
  const value = answer.headers[ANSWER_HEADERS[header]];
  return typeof value === 'string' ? value : '';
}

/** `cold, queue;dur=3.1, cpu;dur=1.2` as `cold · queue 3.1 ms · cpu 1.2 ms`. */
function renderTiming(header: string, { say, locale }: CommandContext): string {
  const texts = header.split(',').flatMap((metric) => {
    const [, name, ms] = /^\s*(cold|queue|cpu|total)(?:;dur=([\d.]+))?/.exec(metric) ?? [];
    if (name === 'cold') return [say('fact.cold')];
    if (ms === undefined) return [];
    return [say(`fact.${name as 'queue' | 'cpu' | 'total'}`, { time: formatMilliseconds(Number(ms), locale) })];
  });
  return texts.join(' · ');
}
