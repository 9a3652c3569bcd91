import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { DevEvent } from '../json/dev-events.ts';
import { DevLines } from '../dev/dev-lines.ts';
import type { UpProgress } from '../platform/index.ts';
import { UpProgressLines } from '../up-progress.ts';
import { usageError } from '../usage-errors.ts';

const LARGEST_PORT = 65_535;

export const dev = defineCommand({
  examples: ['dev', 'dev examples --port 3000', 'dev --inspect', 'dev --json'],
  args: {
    port: { type: 'string', short: 'p', value: 'n', summary: 'dev.port' },
    inspect: { type: 'boolean', summary: 'dev.inspect' },
  },
  positionals: { folder: { optional: true, summary: 'dev.folder' } },
  async handler({ folder, port, inspect }, context) {
    const { cwd, say, env, signal, isInteractive, output } = context;
    const root = resolve(cwd, folder ?? '.');
    const wanted = readPort(port, context);
    const { findFunctions } = await import('../dev/find-functions.ts');
    const folders = await findFunctions(root, say);
    const { DevSession } = await import('../dev/dev-session.ts');
    const quit = new AbortController();
    const ending = AbortSignal.any([signal, quit.signal]);
    const { show, showProgress } = makeShow(context);
    output.progress(output.paintProgress.dim(say('dev.starting')));
    const session = await DevSession.start({
      ...{ root, folders, port: wanted, isInspected: inspect, say, environment: env, signal: ending },
      onEvent: show,
      onProgress: showProgress,
    }).catch((error: unknown) => {
      if (ending.aborted) return null;
      throw error;
    });
    if (session === null) return EXIT.ok;
    await using _ending = session;
    if (isInteractive) {
      const { listenForKeys } = await import('../dev/keys.ts');
      using _keys = listenForKeys({ ...context, session, quit: () => quit.abort() });
      output.progress(output.paintProgress.dim(say('dev.keys')));
      await session.stopped;
    } else await session.stopped;
    output.progress(output.paintProgress.dim(say('dev.stopped')));
    return EXIT.ok;
  },
});

function makeShow(context: CommandContext) {
  const { json, output } = context;
  const lines = new DevLines(context);
  const starting = new UpProgressLines(context);
  const show = (event: DevEvent): void => (json ? output.jsonLine(event) : lines.show(event));
  let isReady = false;
  const showProgress = (event: UpProgress): void => {
    if (event.type === 'part') {
      const { part, state, detail } = event;
      if (state === 'died' || (state === 'ready' && isReady)) show({ type: 'part', part, state, detail });
    } else if (event.type !== 'port-moved' && event.type !== 'ready') starting.show(event);
  };
  return {
    show: (event: DevEvent) => {
      if (event.type === 'ready') isReady = true;
      show(event);
    },
    showProgress,
  };
}

function readPort(written: string | null, { say }: CommandContext): number | null {
  if (written === null) return null;
  const port = Number(written);
  if (Number.isInteger(port) && port >= 1 && port <= LARGEST_PORT) return port;
  throw usageError(say('dev.bad-port', { port: written }), say('dev.bad-port.hint'));
}
