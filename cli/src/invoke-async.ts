/** `sovfn invoke --async`: the call is accepted as a durable event, and the command ends before it runs. */
import { type AcceptRequest, durationMs, durationSchema, type InvokeRequest, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { ControlClient } from './api/control-client.ts';
import { EXIT, type ExitCode } from './command.ts';
import type { CommandContext } from './context.ts';
import { printable } from './printable.ts';
import { usageError } from './usage-errors.ts';

/** What was written on the command line besides the call itself. */
export interface AsyncArguments {
  readonly async: boolean;
  readonly delay: string | null;
  readonly at: string | null;
  readonly key: string | null;
  readonly callback: string | null;
}

/** Throws `usage` for an option that only an asynchronous call can have, or that has no meaning. */
export function readAsyncArguments(
  written: AsyncArguments,
  { say }: CommandContext,
): Omit<AcceptRequest, 'v' | 'request'> | null {
  const { delay, at, key, callback } = written;
  if (!written.async) {
    const stray = (['delay', 'at', 'key', 'callback'] as const).find((name) => written[name] !== null);
    if (stray === undefined) return null;
    throw usageError(say('invoke.not-async', { option: stray }), say('invoke.not-async.hint', { option: stray }));
  }
  if (delay !== null && at !== null) throw usageError(say('invoke.two-times'), say('invoke.two-times.hint'));
  if (delay !== null && !durationSchema.safeParse(delay).success) {
    throw usageError(say('invoke.bad-delay', { delay }), say('invoke.bad-delay.hint'));
  }
  if (at !== null && Number.isNaN(Date.parse(at))) {
    throw usageError(say('invoke.bad-time', { at }), say('invoke.bad-time.hint'));
  }
  const start = delay !== null ? Date.now() + durationMs(delay) : at === null ? null : Date.parse(at);
  const notBefore = start === null ? null : new Date(start).toISOString();
  return { notBefore, callback, idempotencyKey: key, orderingKey: null };
}

export async function invokeAsync(
  client: ControlClient,
  wanted: { readonly name: string; readonly request: InvokeRequest },
  asked: Omit<AcceptRequest, 'v' | 'request'>,
  { json, output, say }: CommandContext & { readonly json: boolean },
): Promise<ExitCode> {
  const accepted = await client.acceptEvent(wanted.name, { v: PROTOCOL_VERSION, request: wanted.request, ...asked });
  if (json) {
    output.json(accepted);
    return EXIT.ok;
  }
  const { green, dim } = output.paintProgress;
  output.result(accepted.event);
  const told = accepted.isDuplicate ? say('invoke.accepted-before') : say('invoke.accepted');
  output.progress(`${green('✔')} ${told} ${dim(printable(accepted.status))}`);
  return EXIT.ok;
}
