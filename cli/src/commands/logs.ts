import { isSovfnError } from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient, LogRequest } from '../api/control-client.ts';
import type { LogStreamEvent } from '../api/log-stream.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { functionOfFolder } from '../function-of-folder.ts';
import { readLogQuery } from '../log-arguments.ts';
import { renderGap, renderLog } from '../render-log.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

/** After a lost connection: when to try again, and for how long in a row. Milliseconds. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const GIVE_UP_MS = 300_000;

/** What a platform that is started again, or a network that comes back, mends. */
const TEMPORARY: ReadonlySet<string> = new Set(['platform-unreachable', 'stream-lost', 'bus-unavailable']);

/** A log that is followed, and how far it has been read. */
interface Following {
  readonly client: ControlClient;
  readonly name: string;
  query: LogRequest;
}

export const logs = defineCommand({
  examples: [
    'logs invoice',
    'logs invoice --follow --status error',
    'logs invoice --since 2h --search timeout --limit 500',
    'logs invoice --invocation 01k2v5w8q9xr3t7yb4n6m0zc1d',
    'logs invoice --event 01k2v5w8q9xr3t7yb4n6m0zc1d',
    `logs invoice --follow --json | jq -r 'select(.kind == "log").log.text'`,
  ],
  args: {
    follow: { type: 'boolean', short: 'f', summary: 'logs.follow' },
    since: { type: 'string', value: 'duration|time', summary: 'logs.since' },
    until: { type: 'string', value: 'duration|time', summary: 'logs.until' },
    limit: { type: 'string', short: 'n', value: 'n', summary: 'logs.limit' },
    status: { type: 'string', value: 'status', summary: 'logs.status' },
    method: { type: 'string', short: 'X', value: 'method', summary: 'logs.method' },
    search: { type: 'string', value: 'text', summary: 'logs.search' },
    version: { type: 'string', value: 'version', summary: 'logs.version' },
    invocation: { type: 'string', value: 'id', summary: 'logs.invocation' },
    event: { type: 'string', value: 'id', summary: 'logs.event' },
    level: { type: 'string', value: 'level', summary: 'logs.level' },
    ...READING_ARGUMENTS,
  },
  positionals: { function: { optional: true, summary: 'logs.function' } },
  async handler({ function: named, follow, tenant, ...written }, context) {
    const query = readLogQuery(written, { follow }, context);
    const name = named ?? (await functionOfFolder(context.cwd));
    const client = await connectToRead(tenant, context);
    if (!follow) await showHistory(client, name, query, context);
    else await followUntilEnded({ client, name, query }, context);
    return EXIT.ok;
  },
});

async function showHistory(
  client: ControlClient,
  name: string,
  query: LogRequest,
  context: CommandContext,
): Promise<void> {
  const { output, say, json, locale } = context;
  const history = await client.readLogs(name, query);
  if (json) return output.json(history);
  const { dim } = output.paintProgress;
  const gaps = new Map(history.gaps.map(({ before, count }) => [before, count]));
  const showGap = (position: number): void => {
    const count = gaps.get(position);
    if (count === undefined) return;
    const gap = { v: 1, reason: count === null ? 'unreadable' : 'dropped', count } as const;
    output.progress(renderGap(gap, { say, paint: output.paintProgress }));
  };
  if (history.hasOlder) output.progress(dim(say('logs.has-older', { count: history.entries.length })));
  for (const [position, entry] of history.entries.entries()) {
    showGap(position);
    output.result(renderLog(entry, { say, paint: output.paint, locale }));
    await output.drained();
  }
  showGap(history.entries.length);
  if (history.entries.length === 0) output.progress(say('logs.nothing', { name }));
}

async function followUntilEnded(following: Following, context: CommandContext): Promise<void> {
  try {
    await followForEver(following, context);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

/** Follows until the command is interrupted. A lost connection is said and mended; it never ends the tail silently. */
async function followForEver(following: Following, context: CommandContext): Promise<void> {
  const { client, name } = following;
  const { output, say, signal } = context;
  let events = await client.followLogs(name, following.query, signal);
  output.progress(output.paintProgress.dim(say('logs.following', { name })));
  for (;;) {
    const isLost = await showUntilLost(events, following, context);
    signal.throwIfAborted();
    output.progress(output.paintProgress.yellow(isLost ? say('logs.lost') : say('logs.ended')));
    events = await reconnect(following, signal);
    output.progress(output.paintProgress.yellow(say('logs.back')));
  }
}

/** Whether the stream broke off (rather than being ended by the platform). */
async function showUntilLost(
  events: AsyncIterable<LogStreamEvent>,
  following: Following,
  context: CommandContext,
): Promise<boolean> {
  try {
    for await (const event of events) {
      await showEvent(event, context);
      if (event.kind !== 'heartbeat') following.query = { ...following.query, cursor: event.cursor };
    }
    return false;
  } catch (error) {
    if (!isSovfnError(error) || error.code !== 'stream-lost') throw error;
    return true;
  }
}

async function showEvent(event: LogStreamEvent, { output, say, json, locale }: CommandContext): Promise<void> {
  if (event.kind === 'start') return;
  if (json) output.jsonLine(event);
  else if (event.kind === 'heartbeat') return;
  else if (event.kind === 'gap') output.progress(renderGap(event.gap, { say, paint: output.paintProgress }));
  else output.result(renderLog(event.log, { say, paint: output.paint, locale }));
  await output.drained();
}

async function reconnect(
  { client, name, query }: Following,
  signal: AbortSignal,
): Promise<AsyncIterable<LogStreamEvent>> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
    await delay(pauseMs, undefined, { signal });
    try {
      return await client.followLogs(name, query, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTemporary(error) || performance.now() > giveUpAt) throw error;
    }
  }
}

function isTemporary(error: unknown): boolean {
  return isSovfnError(error) && TEMPORARY.has(error.code);
}
