/**
 * Lazy part: calls of the handlers `scheduled` and `queue`. Hostile: what a handler returns or throws, and what it does to
 * the objects it gets, whose state is private.
 */
import { promiseResolve, promiseThen, reflectApply } from '../core/primordials.guest.ts';
import type { CallState } from '../handler/call-state.guest.ts';
import { makeContext } from '../handler/context.guest.ts';
import { type Handler, installedModule } from '../handler/module.guest.ts';
import { Upload } from '../fetch/upload.guest.ts';
import { makeBatch } from './message-batch.guest.ts';
import { makeController, type Tick } from './scheduled-controller.guest.ts';

export function runScheduled(call: CallState, tick: Tick): void {
  run(call, 'scheduled', makeController(call, tick));
}

/** A batch that comes in pieces is gathered first: the handler sees all of it, or does not run. */
export function runQueue(call: CallState, body: ArrayBuffer, isStreamed: boolean): void {
  if (!isStreamed) return run(call, 'queue', makeBatch(call, new Uint8Array(body)));
  call.keep();
  const gathered = promiseThen(new Upload(call.number, body).readAll(), (all) => {
    if (!call.isOver) run(call, 'queue', makeBatch(call, all));
  });
  void promiseThen(gathered, undefined, (reason) => call.fail(reason));
}

function run(call: CallState, name: 'scheduled' | 'queue', event: object): void {
  const module = installedModule()!;
  const handler: Handler = module[name]!;
  const result = reflectApply(handler, module.target, [event, module.environment, makeContext(call)]);
  call.keep();
  void promiseThen(
    promiseResolve(result),
    () => call.handled(),
    (reason) => call.fail(reason),
  );
}
