import { isSovfnError } from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../api/control-client.ts';
import type { LogStreamEvent } from '../api/log-stream.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { renderGap, renderLog } from '../render-log.ts';
import { usageError } from '../usage-errors.ts';

/** After a lost connection: when to try again, and for how long in a row. Milliseconds. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const GIVE_UP_MS = 300_000;

export const logs = defineCommand({
  examples: ['logs invoice --follow', 'logs invoice --follow --json | jq .log.text'],
  args: { follow: { type: 'boolean', short: 'f', summary: 'logs.follow' } },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, follow }, context) {
    const { connect, say, signal } = context;
    if (!follow) throw usageError(say('logs.no-history'), say('logs.no-history.hint', { name }));
    const client = await connect();
    try {
      await followForEver(client, name, context);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return EXIT.ok;
  },
});

/** Follows until the command is interrupted. A lost connection is said and mended; it never ends the tail silently. */
async function followForEver(client: ControlClient, name: string, context: CommandContext): Promise<void> {
  const { output, say, signal } = context;
  let events = await client.followLogs(name, signal);
  output.progress(output.paintProgress.dim(say('logs.following', { name })));
  for (;;) {
    const isLost = await showUntilLost(events, context);
    signal.throwIfAborted();
    output.progress(output.paintProgress.yellow(isLost ? say('logs.lost') : say('logs.ended')));
    events = await reconnect(client, name, signal);
    output.progress(output.paintProgress.yellow(say('logs.back')));
  }
}

/** Whether the stream broke off (rather than being ended by the platform). */
async function showUntilLost(events: AsyncIterable<LogStreamEvent>, context: CommandContext): Promise<boolean> {
  try {
    for await (const event of events) await showEvent(event, context);
    return false;
  } catch (error) {
    if (!isSovfnError(error) || error.code !== 'stream-lost') throw error;
    return true;
  }
}

async function showEvent(event: LogStreamEvent, { output, say, json, locale }: CommandContext): Promise<void> {
  if (json) output.jsonLine(event);
  else if (event.kind === 'gap') output.progress(renderGap(event.gap, { say, paint: output.paintProgress }));
  else output.result(renderLog(event.log, { say, paint: output.paint, locale }));
  await output.drained();
}

async function reconnect(
  client: ControlClient,
  name: string,
  signal: AbortSignal,
): Promise<AsyncIterable<LogStreamEvent>> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
    await delay(pauseMs, undefined, { signal });
    try {
      return await client.followLogs(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      const isUnreachable = isSovfnError(error) && error.code === 'platform-unreachable';
      if (!isUnreachable || performance.now() > giveUpAt) throw error;
    }
  }
}
