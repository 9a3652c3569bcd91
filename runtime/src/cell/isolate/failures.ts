/** What a failed call says of itself: the sentence, the limit, its value and the measured one. */
import type { FailureDetail, FunctionLimits, Outcome } from '@sovfn/protocol';

export interface Failure {
  readonly outcome: Outcome;
  readonly detail: FailureDetail;
}

const NO_LIMIT = { limit: null, limitValue: null, measured: null } as const;
const NO_ERROR = { errorName: null, stack: null } as const;

export function exceededCpu(limits: FunctionLimits, cpuUs: number): Failure {
  const measured = Math.round(cpuUs / 1_000);
  const message = `The function used ${measured} ms of CPU; its limit cpuMs is ${limits.cpuMs}.`;
  return limitFailure('exceeded-cpu', message, 'cpuMs', limits.cpuMs, measured);
}

export function exceededWall(limits: FunctionLimits, wallMs: number): Failure {
  const measured = Math.round(wallMs);
  const message = `The function had not answered after ${measured} ms; its limit wallMs is ${limits.wallMs}.`;
  return limitFailure('exceeded-wall-time', message, 'wallMs', limits.wallMs, measured);
}

/** `measuredMb`: what the isolate held when it was last looked at; at least the limit when V8 ended it. */
export function exceededMemory(limits: FunctionLimits, measuredMb: number): Failure {
  const measured = Math.round(measuredMb);
  const message = `The function held ${measured} MiB when it asked for more memory; its limit memoryMb is ${limits.memoryMb}${besidesWasm(limits)}.`;
  return limitFailure('exceeded-memory', message, 'memoryMb', limits.memoryMb, measured);
}

/** Of memoryMb, WebAssembly's part is set aside whether it is used or not. */
export function besidesWasm({ wasmMemoryMb }: FunctionLimits): string {
  return wasmMemoryMb === undefined ? '' : `, of which ${wasmMemoryMb} are set aside for WebAssembly (wasmMemoryMb)`;
}

export function exceededStartup(limits: FunctionLimits, measuredMs: number): Failure {
  const measured = Math.round(measuredMs);
  const message = `Loading the module took more than ${measured} ms; its limit startupMs is ${limits.startupMs}.`;
  return limitFailure('exceeded-startup', message, 'startupMs', limits.startupMs, measured);
}

/** The machine was too busy to give the call the CPU time it still had. */
export function starved(sliceMs: number, cpuUs: number): Failure {
  const message =
    `The function was stopped after ${Math.round(sliceMs)} ms in which it got too little CPU ` +
    `(${Math.round(cpuUs / 1_000)} ms in all): the node is overloaded.`;
  return { outcome: 'node-overloaded', detail: { message, ...NO_LIMIT, ...NO_ERROR } };
}

export function neverSettled(waitedMs: number): Failure {
  const message = `The function waits for something that cannot happen any more: no timer and no operation was left after ${Math.round(waitedMs)} ms.`;
  return { outcome: 'never-settled', detail: { message, ...NO_LIMIT, measured: Math.round(waitedMs), ...NO_ERROR } };
}

/** Another call of the same isolate was cut or filled the memory; this one cannot go on. */
export function isolateReplaced(cause: Outcome): Failure {
  const message = `Another call of the function ended with ${cause}, and its isolate was replaced.`;
  return { outcome: 'isolate-replaced', detail: { message, ...NO_LIMIT, ...NO_ERROR } };
}

export function invalidResponse(description: string): Failure {
  const message = `The function returned ${description} instead of a Response.`;
  return { outcome: 'invalid-response', detail: { message, ...NO_LIMIT, ...NO_ERROR } };
}

export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export function thrown(outcome: Outcome, error: GuestError): Failure {
  return {
    outcome,
    detail: { message: error.message, ...NO_LIMIT, errorName: error.name, stack: error.stack },
  };
}

function limitFailure(outcome: Outcome, message: string, limit: string, limitValue: number, measured: number): Failure {
  return { outcome, detail: { message, limit, limitValue, measured, ...NO_ERROR } };
}
