/**
 * The entries of the bridge (see bridge/contract.ts). Each sets the clock and the call first, and throws nothing: what
 * still comes out of an entry is the rejection of a promise that nobody handled, which isolated-vm throws there.
 */
import { type GuestEntries, HEAD_SEPARATOR } from '../../bridge/contract.ts';
import { enter } from '../core/clock.guest.ts';
import { host } from '../core/host.guest.ts';
import { triggers, webAssembly } from '../core/lazy-parts.guest.ts';
import { failOperation, settleOperation } from '../core/pending-operations.guest.ts';
import {
  indexOf,
  markHandled,
  promiseReject,
  promiseResolve,
  promiseThen,
  reflectApply,
  sliceString,
} from '../core/primordials.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { reportException, reportRejection } from '../events/report.guest.ts';
import { Body } from '../fetch/body.guest.ts';
import { incomingRequest, type Request } from '../fetch/request.guest.ts';
import { isResponse } from '../fetch/response.guest.ts';
import { Upload } from '../fetch/upload.guest.ts';
import { closeTemporal } from '../harden/time.guest.ts';
import { fireTimer } from '../scheduling/timers.guest.ts';
import { CallState, findCall } from './call-state.guest.ts';
import { makeContext } from './context.guest.ts';
import { installedModule, installModule } from './module.guest.ts';
import { answer } from './respond.guest.ts';

export const entries: GuestEntries = {
  begin(now, namesTemporal, wasmMemoryMb, collect) {
    enter(now, 0);
    closeTemporal(namesTemporal);
    if (collect !== undefined) webAssembly.get().openWebAssembly(wasmMemoryMb, collect);
  },

  install(now, module, environment) {
    enter(now, 0);
    installModule(module, environment);
  },

  dispatch(now, number, head, bytes, isStreamed = false) {
    enter(now, number);
    start(number, head, bytes, isStreamed);
  },

  shareEntries(now, drain) {
    enter(now, 0);
    drainMicrotasks = drain;
  },

  dispatchAll(now, heads) {
    for (let at = 0; at <= heads.length;) {
      const number = host.next();
      if (number === 0) return;
      const separator = indexOf(heads, HEAD_SEPARATOR, at);
      const end = separator === -1 ? heads.length : separator;
      enter(now, number);
      start(number, sliceString(heads, at, end), undefined, false);
      drainMicrotasks();
      at = end + 1;
    }
  },

  dispatchTick(now, number, scheduledTime, cron, name, attempt) {
    enter(now, number);
    const call = new CallState(number);
    try {
      triggers.get().runScheduled(call, { scheduledTime, cron, name, attempt });
    } catch (error) {
      call.fail(error);
    }
  },

  dispatchBatch(now, number, bytes, isStreamed) {
    enter(now, number);
    const call = new CallState(number);
    try {
      triggers.get().runQueue(call, bytes, isStreamed);
    } catch (error) {
      call.fail(error);
    }
  },

  deliver(now, number, operation, value) {
    enter(now, number);
    settleOperation(number, operation, value);
  },

  deliverError(now, number, operation, name, message) {
    enter(now, number);
    failOperation(number, operation, makeError(name, message));
  },

  fire(now, number, timer) {
    enter(now, number);
    fireTimer(timer);
  },

  abort(now, number, reason) {
    enter(now, number);
    try {
      findCall(number)?.abort(reason);
    } catch (error) {
      reportException(error);
    }
  },

  orphan(now, number, name, message, stack) {
    enter(now, number);
    const reason = makeError(name, message);
    reason.stack = stack;
    const promise = promiseReject(reason);
    markHandled(promise);
    reportRejection(promise, reason);
  },
};

let drainMicrotasks: () => void;

function start(number: number, head: string, bytes: ArrayBuffer | undefined, isStreamed: boolean): void {
  const call = new CallState(number);
  try {
    const body = makeBody(number, bytes, isStreamed);
    const { method, url, headers } = splitHead(head);
    run(call, incomingRequest({ method, url, headers, body, makeSignal: () => call.signal }));
  } catch (error) {
    call.fail(error);
  }
}

/** Calls the handler, which the host knows to be there. One that answers at once costs no promise. */
function run(call: CallState, request: Request): void {
  const module = installedModule()!;
  const result = reflectApply(module.fetch!, module.target, [request, module.environment, makeContext(call)]);
  if (isResponse(result)) return answer(call, result);
  call.keep();
  void promiseThen(
    promiseResolve(result),
    (value) => answer(call, value),
    (reason) => call.fail(reason),
  );
}

function splitHead(head: string): { method: string; url: string; headers: string } {
  const methodEnd = indexOf(head, '\n');
  const urlEnd = indexOf(head, '\n', methodEnd + 1);
  const url = sliceString(head, methodEnd + 1, urlEnd);
  return { method: sliceString(head, 0, methodEnd), url, headers: sliceString(head, urlEnd + 1) };
}

function makeBody(number: number, bytes: ArrayBuffer | undefined, isStreamed: boolean): Body | null {
  if (isStreamed) return new Body({ kind: 'upload', upload: new Upload(number, bytes) });
  return bytes === undefined ? null : new Body({ kind: 'bytes', bytes: new Uint8Array(bytes) });
}

const ERRORS: Readonly<Record<string, ErrorConstructor>> = { Error, RangeError, SyntaxError, TypeError };

/** An error of the name that the host gives: one of the language's, or a DOMException. */
function makeError(name: string, message: string): Error {
  const constructor = ERRORS[name];
  return constructor === undefined ? new DOMException(message, name) : new constructor(message);
}
