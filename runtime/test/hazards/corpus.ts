/** Every hazard, and how each may end. More than one outcome where it depends on the machine which limit is met first. */
import type { Outcome } from '@sovfn/protocol';

export interface Hazard {
  /** File under `programs/`, without its extension. */
  readonly program: string;
  /** `ok`: the answer has `says`; else the detail of the problem has it. */
  readonly outcomes: readonly (Outcome | 'broken-off')[];
  readonly says?: RegExp;
  readonly limits?: Readonly<Record<string, number>>;
}

/** Wall time is generous: a machine that does other things meanwhile gives a loop its CPU slowly. */
const LIMITS = { cpuMs: 200, wallMs: 15_000, memoryMb: 32, waitUntilMs: 500 };

export function limitsOf({ limits }: Hazard): Readonly<Record<string, number>> {
  return { ...LIMITS, ...limits };
}

const WITH_WASM = { memoryMb: 48, wasmMemoryMb: 16 };
const CPU = ['exceeded-cpu'] as const;
const MEMORY = ['exceeded-memory'] as const;
const EXCEPTION = ['exception'] as const;
/** Native code that holds the thread: the supervisor ends the cell, and the caller may hear no more than that it is gone. */
const CELL = ['exceeded-cpu', 'exceeded-memory', 'cell-lost'] as const;
/** What starts many pieces of work meets the limit that they reach first. */
const LIMITED = ['exceeded-cpu', 'exceeded-memory'] as const;

export const CPU_HAZARDS: readonly Hazard[] = [
  { program: 'endless-loop', outcomes: CPU, says: /its limit cpuMs of 200/ },
  { program: 'endless-loop-after-await', outcomes: CPU },
  { program: 'endless-loop-in-finally', outcomes: CPU },
  { program: 'endless-loop-in-background', outcomes: ['ok'], says: /answered/ },
  { program: 'catastrophic-regex', outcomes: CPU },
  { program: 'catastrophic-replace', outcomes: CPU },
  { program: 'comparator-without-end', outcomes: CPU },
  { program: 'clock-watcher', outcomes: CPU },
  { program: 'getter-bomb', outcomes: CPU },
  { program: 'digest-flood', outcomes: CPU },
  { program: 'random-flood', outcomes: CPU },
  { program: 'derivation-flood', outcomes: ['exceeded-wall-time', ...CPU], limits: { wallMs: 1_000 } },
  { program: 'weakref-loop', outcomes: [...CPU, 'exceeded-memory'] },
  { program: 'regex-of-huge-repetitions', outcomes: ['ok', ...CPU, 'exception'] },
  { program: 'url-of-ten-megabytes', outcomes: ['ok', ...CPU, 'exceeded-memory', 'exception'] },
  { program: 'proxy-without-end', outcomes: CPU },
  { program: 'web-assembly-loop', outcomes: CPU, limits: WITH_WASM },
  { program: 'bigint-powers', outcomes: CELL },
  { program: 'bigint-digits', outcomes: CELL },
  { program: 'array-fill', outcomes: CELL },
  { program: 'nested-json-stringify', outcomes: [...CELL, 'exception'] },
  { program: 'spread-string', outcomes: CELL },
  { program: 'sparse-array-join', outcomes: [...CELL, 'exception'] },
];

const FILLING: readonly Hazard[] = [
  { program: 'heap-growth', outcomes: MEMORY, says: /memoryMb/ },
  { program: 'map-growth', outcomes: MEMORY },
  { program: 'closure-growth', outcomes: MEMORY },
  { program: 'array-buffer-growth', outcomes: MEMORY },
  { program: 'typed-array-growth', outcomes: MEMORY },
  { program: 'resizable-buffer-growth', outcomes: MEMORY },
  { program: 'transfer-growth', outcomes: MEMORY },
  { program: 'string-growth', outcomes: MEMORY },
  { program: 'string-doubling', outcomes: ['exception', ...MEMORY] },
  { program: 'string-doubling-flat', outcomes: ['exception', ...CELL] },
  { program: 'finalization-registry', outcomes: MEMORY },
  { program: 'blob-growth', outcomes: MEMORY },
  { program: 'text-encoder-growth', outcomes: MEMORY },
  { program: 'structured-clone-growth', outcomes: MEMORY },
  { program: 'intl-growth', outcomes: CELL },
  { program: 'symbol-flood', outcomes: CELL },
  { program: 'web-assembly-memory', outcomes: ['exception'] },
  {
    program: 'web-assembly-growth',
    outcomes: ['ok'],
    says: /memory access out of bounds; .*wasmMemoryMb/,
    limits: WITH_WASM,
  },
  { program: 'web-assembly-code', outcomes: ['ok'], says: /limits.wasmMemoryMb/, limits: WITH_WASM },
  { program: 'web-assembly-tables', outcomes: ['exception', ...CELL], limits: WITH_WASM },
  { program: 'shared-memory', outcomes: ['exception'] },
  { program: 'atomics-wait', outcomes: ['exception'] },
];
/** With so much CPU time that memory is the limit that is met, also where a busy machine gives the loop its CPU slowly. */
export const MEMORY_HAZARDS = FILLING.map((hazard): Hazard => {
  return { ...hazard, limits: { cpuMs: 5_000, ...hazard.limits } };
});

export const WAITING_HAZARDS: readonly Hazard[] = [
  { program: 'never-settles', outcomes: ['never-settled'] },
  { program: 'microtask-flood', outcomes: ['exceeded-cpu'] },
  { program: 'promise-bomb', outcomes: [...LIMITED, 'cell-lost'] },
  { program: 'queue-microtask-bomb', outcomes: [...LIMITED, 'cell-lost'] },
  { program: 'thenable-never', outcomes: ['never-settled'] },
  { program: 'thenable-without-end', outcomes: ['exceeded-cpu'] },
  { program: 'thenable-response', outcomes: ['never-settled'] },
  { program: 'async-generator-without-end', outcomes: ['exceeded-cpu'] },
  { program: 'timer-flood', outcomes: ['exception'] },
  { program: 'timer-chain', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 1_000 } },
  { program: 'interval-without-end', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 1_000 } },
  { program: 'sleeper', outcomes: ['exceeded-wall-time'], limits: { wallMs: 500 }, says: /wallMs/ },
  { program: 'wait-until-flood', outcomes: ['ok'], says: /answered/ },
  { program: 'wait-until-timers', outcomes: ['ok'], says: /answered/ },
  { program: 'orphan-flood', outcomes: ['ok'], says: /answered/ },
  { program: 'orphan-echo', outcomes: ['ok'], says: /answered/ },
  { program: 'message-ping-pong', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 2_000 } },
  { program: 'abort-signal-chain', outcomes: ['ok', 'exceeded-cpu'] },
  { program: 'stream-enqueue-without-end', outcomes: LIMITED },
  { program: 'stream-pull-without-end', outcomes: ['broken-off'] },
  { program: 'stream-of-single-bytes', outcomes: ['broken-off'] },
  { program: 'stream-never', outcomes: ['broken-off'], limits: { wallMs: 1_000 } },
];

export const ANSWER_HAZARDS: readonly Hazard[] = [
  { program: 'deep-recursion', outcomes: EXCEPTION },
  { program: 'deep-recursion-caught', outcomes: ['ok', 'exception', 'exceeded-cpu'] },
  { program: 'recursive-getter', outcomes: EXCEPTION },
  { program: 'json-of-depth', outcomes: ['ok', 'exception'] },
  { program: 'structured-clone-of-depth', outcomes: EXCEPTION },
  { program: 'event-recursion', outcomes: ['ok', 'exception', 'exceeded-cpu'] },
  { program: 'huge-error-message', outcomes: EXCEPTION },
  { program: 'huge-error-name', outcomes: EXCEPTION },
  { program: 'long-cause-chain', outcomes: EXCEPTION },
  { program: 'throws-null', outcomes: EXCEPTION },
  { program: 'throws-symbol', outcomes: EXCEPTION },
  { program: 'throws-circular', outcomes: EXCEPTION },
  { program: 'throws-hostile-proxy', outcomes: EXCEPTION },
  { program: 'throws-huge-bigint', outcomes: EXCEPTION },
  { program: 'revoked-proxy-response', outcomes: ['invalid-response', 'exception'] },
  { program: 'proxied-response', outcomes: ['invalid-response'] },
  { program: 'imitated-response', outcomes: ['invalid-response'] },
  { program: 'ten-thousand-headers', outcomes: EXCEPTION },
  { program: 'megabyte-header', outcomes: EXCEPTION },
  { program: 'two-hundred-headers', outcomes: ['ok'] },
  { program: 'log-flood', outcomes: ['ok'], says: /answered/, limits: { cpuMs: 2_000 } },
  { program: 'log-of-ten-megabytes', outcomes: ['ok'], says: /answered/ },
  { program: 'log-of-hostile-values', outcomes: ['ok'], says: /answered/ },
  { program: 'error-report-flood', outcomes: ['ok'], says: /answered/, limits: { cpuMs: 2_000 } },
];

export const HAZARDS: readonly Hazard[] = [...CPU_HAZARDS, ...MEMORY_HAZARDS, ...WAITING_HAZARDS, ...ANSWER_HAZARDS];

/** Measured beside them: what one more tenant costs a neighbour that does nothing wrong. */
export const CONTROL: Hazard = { program: 'harmless', outcomes: ['ok'] };
