/**
 * What the guest can ask of its host: each operation checks its arguments, which are hostile, and hands on.
 *
 * Guarantees: no operation touches another tenant's or function's state; a wrong argument throws TypeError back into the
 * guest; an operation on a call that is over does nothing. Called inside an entry, so nothing here enters the guest.
 */
import { domainToASCII } from 'node:url';
import {
  BATCH_MESSAGES,
  encodeReport,
  type FunctionLimits,
  HEAD_BYTES,
  limitHint,
  type LogLevel,
  NOTHING_REPORTED,
  packHeaders,
  QUEUE_DELAY_SECONDS,
} from '@sovfn/protocol';
import { BODY, type HostOperations, LEVELS } from '../../bridge/contract.ts';
import { DELAY } from '../../bridge/delay.ts';
import { ENCODING_TABLES } from '../../prelude/encoding-tables.ts';
import type { AskOperations } from '../broker/ask-operations.ts';
import type { ServedCall } from '../call.ts';
import { HandlerDecisions } from '../handler-decisions.ts';
import { cutLine } from '../logs/cut-line.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { type Failure, invalidResponse, thrown } from './failures.ts';
import { between, buffer, count, text } from './guest-arguments.ts';
import type { Prelude } from './guest-isolate.ts';
import type { GuestTimers } from './guest-timers.ts';
import type { ServiceOperations } from './host-services.ts';
import { makeSpanOperations } from './span-operations.ts';
import { openedModule } from './web-assembly-module.ts';

/** What the operations tell the isolate that they belong to. */
export interface GuestEvents {
  call(number: number): ServedCall | null;
  readonly limits: FunctionLimits;
  /** Charges the CPU used so far in this entry, so that an answer can say it. */
  charge(): void;
  /** In `dispatchAll`, the next call begins: its number, or 0. */
  next(): number;
  log(call: ServedCall | null, level: LogLevel, text: string): void;
  mapStack(stack: string): string;
  installed(handlers: string): void;
  installFailed(error: { name: string; message: string; stack: string }): void;
  /** `isAllocation`: the error is of the kind that a failed allocation throws. */
  failed(call: ServedCall, failure: Failure, isAllocation: boolean): void;
  wantsBody(number: number): void;
  /** So many bytes of a response's body have left the guest. */
  streamed(bytes: number): void;
  deliverRoom(number: number, operation: number): void;
}

const NO_BODY = Buffer.alloc(0);
const REPORT_HEADERS = packHeaders(['content-type', 'application/json']);
const MESSAGE_LENGTH = 4_096;
const STACK_LENGTH = 16_384;
const NAME_LENGTH = 256;

/** Those of other topics are beside this file, and in `../broker`. */
export type CallOperations = Omit<HostOperations, keyof AskOperations | keyof ServiceOperations>;

export function makeOperations(events: GuestEvents, timers: GuestTimers, parts: Prelude['parts']): CallOperations {
  return {
    ...moduleOperations(events),
    next: () => events.next(),
    ...responseOperations(events),
    ...handlerOperations(events),
    ...bodyOperations(events),
    ...logOperations(events),
    ...makeSpanOperations(events),
    setTimer: (call, timer, delay, repeat) => timers.set(count(call), count(timer), count(delay), repeat === true),
    clearTimer: (timer) => timers.clear(count(timer)),
    domainToAscii: (domain) => domainToASCII(text(domain, HEAD_BYTES)),
    decodeUtf8,
    encodingTables: () => ENCODING_TABLES,
    openModule: (bytes) => openedModule(buffer(bytes)),
    partText: (name) => partText(parts, text(name, NAME_LENGTH)),
  };
}

function partText(parts: Prelude['parts'], name: string): string {
  if (!Object.hasOwn(parts, name)) throw new TypeError(`partText: the prelude has no part "${name}"`);
  return parts[name]!;
}

function moduleOperations(events: GuestEvents): Pick<HostOperations, 'installed' | 'installFailed'> {
  return {
    installed: (handlers) => events.installed(text(handlers, NAME_LENGTH)),
    installFailed: (name, message, stack) => events.installFailed(guestError(events, name, message, stack)),
  };
}

function responseOperations(
  events: GuestEvents,
): Pick<HostOperations, 'respond' | 'fail' | 'invalidResponse' | 'waiting' | 'waitedUntil'> {
  return {
    respond: (number, status, headers, kind, body) => {
      const call = events.call(number);
      if (call === null) return;
      events.charge();
      const block = text(headers, HEAD_BYTES);
      const code = between(status, 200, 599);
      if (kind === BODY.stream) call.answerStreamed(code, block, () => deliverRoom(events, call));
      else call.answer(code, block, bodyBytes(kind, body));
    },
    fail: (number, name, message, stack) => {
      const call = events.call(number);
      if (call === null) return;
      events.charge();
      const error = guestError(events, name, message, stack);
      events.failed(call, thrown('exception', error), error.name === 'RangeError');
    },
    invalidResponse: (number, description) => {
      const call = events.call(number);
      if (call !== null) events.failed(call, invalidResponse(text(description, NAME_LENGTH)), false);
    },
    waiting: (number) => {
      const call = events.call(number);
      if (call !== null) call.hasBackgroundWork = true;
    },
    waitedUntil: (number) => {
      const call = events.call(number);
      if (call === null) return;
      call.hasBackgroundWork = false;
      if (call.state === 'answered') call.close();
    },
  };
}

function handlerOperations(events: GuestEvents): Pick<HostOperations, 'handled' | 'decide' | 'declineRetry'> {
  return {
    handled: (number) => {
      const call = events.call(number);
      if (call === null) return;
      events.charge();
      if (call.call.trigger !== 'queue') return call.answer(204, '', NO_BODY);
      call.answer(200, REPORT_HEADERS, encodeReport(call.decisions?.report() ?? NOTHING_REPORTED));
    },
    decide: (number, position, delaySeconds) => {
      const at = between(position, 0, BATCH_MESSAGES - 1);
      const delay = between(delaySeconds, DELAY.configured, QUEUE_DELAY_SECONDS);
      if (!Number.isInteger(at) || !Number.isInteger(delay)) throw new TypeError('decide: a whole number was expected');
      const call = events.call(number);
      if (call === null) return;
      call.decisions ??= new HandlerDecisions();
      if (delay === DELAY.ack) call.decisions.ack(at);
      else call.decisions.retry(at, delay === DELAY.configured ? null : delay);
    },
    declineRetry: (number) => {
      const call = events.call(number);
      if (call === null) return;
      call.decisions ??= new HandlerDecisions();
      call.decisions.declineRetry();
    },
  };
}

function bodyOperations(
  events: GuestEvents,
): Pick<HostOperations, 'writeBody' | 'endBody' | 'readBody' | 'cancelBody'> {
  return {
    writeBody: (number, operation, bytes) => {
      const call = events.call(number);
      if (call === null) return true;
      events.charge();
      const piece = new Uint8Array(buffer(bytes));
      events.streamed(piece.length);
      const hasRoom = call.write(piece);
      if (!hasRoom) call.pendingWrite = count(operation);
      return hasRoom;
    },
    endBody: (number, name, message, stack) => {
      const call = events.call(number);
      if (call === null) return;
      events.charge();
      if (name === '') return call.endBody();
      const error = guestError(events, name, message, stack);
      events.failed(call, thrown('exception', error), error.name === 'RangeError');
    },
    readBody: (number, operation) => {
      const call = events.call(number);
      if (call === null) return;
      call.pendingRead = count(operation);
      events.wantsBody(number);
    },
    cancelBody: (number) => {
      const call = events.call(number);
      if (call !== null) call.pendingRead = null;
    },
  };
}

function logOperations(events: GuestEvents): Pick<HostOperations, 'log' | 'reportError'> {
  return {
    log: (number, level, line) => {
      logLine(events, events.call(number), LEVELS[between(level, 0, 3)]!, text(line, Number.MAX_SAFE_INTEGER));
    },
    reportError: (number, name, message, stack) => {
      const error = guestError(events, name, message, stack);
      logLine(events, events.call(number), 'error', `Uncaught ${error.stack || `${error.name}: ${error.message}`}`);
    },
  };
}

/** Cuts lines and calls to their limits, and says so once. */
function logLine(events: GuestEvents, call: ServedCall | null, level: LogLevel, line: string): void {
  const mostBytes = events.limits.logKb * 1_024;
  if (call !== null && call.logBytes > mostBytes) return;
  const cut = cutLine(line);
  events.log(call, level, cut);
  if (call === null) return;
  call.logBytes += Math.max(1, Buffer.byteLength(cut));
  if (call.logBytes > mostBytes) {
    const what = `This call has logged ${events.limits.logKb} KiB, its limit logKb; what it logs from here on is dropped.`;
    events.log(call, 'warn', `${what} ${limitHint('logKb')}`);
  }
}

function deliverRoom(events: GuestEvents, call: ServedCall): void {
  const operation = call.pendingWrite;
  call.pendingWrite = null;
  if (operation !== null) events.deliverRoom(call.number, operation);
}

function bodyBytes(kind: unknown, body: unknown): Uint8Array {
  if (kind === BODY.none) return NO_BODY;
  if (kind === BODY.text && typeof body === 'string') return Buffer.from(body, 'utf8');
  if (kind === BODY.bytes) return new Uint8Array(buffer(body));
  throw new TypeError('respond: the body does not fit its kind');
}

function guestError(events: GuestEvents, name: unknown, message: unknown, stack: unknown) {
  return {
    name: text(name, Number.MAX_SAFE_INTEGER).slice(0, NAME_LENGTH),
    message: text(message, Number.MAX_SAFE_INTEGER).slice(0, MESSAGE_LENGTH),
    stack: events.mapStack(text(stack, Number.MAX_SAFE_INTEGER).slice(0, STACK_LENGTH)).slice(0, STACK_LENGTH),
  };
}
