/**
 * The host's operations as an attacker would have them who got past the prelude: called directly, with anything. Only
 * `TypeError` and `RangeError` come back, the host is as before, and its gateway and supervisor still get what they agreed on.
 */
import { type CellFrame, decodeCellFrame, functionLimitsSchema, type Trigger, TRIGGERS } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENTRY_NAMES, type HostOperations, OPERATION_NAMES } from '../../src/bridge/contract.ts';
import { makeAskOperations } from '../../src/cell/broker/ask-operations.ts';
import { BrokerClient } from '../../src/cell/broker/broker-client.ts';
import { IsolateAsks } from '../../src/cell/broker/isolate-asks.ts';
import { ServedCall } from '../../src/cell/call.ts';
import { GuestIsolate } from '../../src/cell/isolate/guest-isolate.ts';
import { GuestTimers } from '../../src/cell/isolate/guest-timers.ts';
import { HostServices } from '../../src/cell/isolate/host-services.ts';
import { type GuestEvents, makeOperations } from '../../src/cell/isolate/operations.ts';
import { type FromCell, fromCellSchema } from '../../src/channel/messages.ts';

/** In place of the prelude: hands the bare operations to whoever wants them. */
const BARE = `(...operations) => {
  globalThis.operations = operations;
  return { ${ENTRY_NAMES.map((name) => `${name}() {}`).join(', ')} };
}`;

/** Guest expressions that no operation expects. */
const HOSTILE = [
  `undefined`,
  `null`,
  `true`,
  `NaN`,
  `-0`,
  `-1`,
  `1e300`,
  `Infinity`,
  `1n`,
  `''`,
  `'\\ud800'`,
  `'a\\nb\\n'`,
  `'x'.repeat(100_000)`,
  `Symbol('s')`,
  `() => {}`,
  `class {}`,
  `{}`,
  `[]`,
  `new Date(NaN)`,
  `new Map([[{}, {}]])`,
  `new Error('x')`,
  `new ArrayBuffer(0)`,
  `new ArrayBuffer(70_000)`,
  `new Uint8Array(4)`,
  `new DataView(new ArrayBuffer(8), 2)`,
  `Promise.resolve(1)`,
  `new Proxy({}, {})`,
  `new Proxy([], { get() { throw new TypeError('trap'); } })`,
  `{ get length() { throw new TypeError('getter'); } }`,
  `{ toJSON() { return 1; } }`,
  `{ then(f) { f(); } }`,
  `{ __proto__: null }`,
  `{ ['__proto__']: { polluted: 1 } }`,
  `JSON.parse('{"__proto__":{"polluted":1}}')`,
  `(() => { const o = {}; o.self = o; return o; })()`,
  `Object.create(ArrayBuffer.prototype)`,
  `globalThis`,
  `operations`,
  `{ [Symbol.toPrimitive]() { return 1; }, valueOf() { return 1; } }`,
  `new String('x')`,
  `new Number(1)`,
];

const argument = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.integer({ min: 0, max: 5 }).map(String),
  fc.double().map((number) => (Object.is(number, -0) ? '-0' : String(number))),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);

const operation = fc.record({
  index: fc.constantFrom(...OPERATION_NAMES.keys()),
  args: fc.array(argument, { maxLength: 6 }),
});

test('operations called with anything throw TypeError or RangeError, and change nothing of the host', () => {
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...TRIGGERS),
      (calls, trigger) => {
        const host = makeHost(trigger);
        const before = sentinels();
        const results = callBare(host, calls);
        expect(results.filter((name) => !['ok', 'TypeError', 'RangeError'].includes(name))).toEqual([]);
        expect(sentinels()).toEqual(before);
        assertWellFormed(host.frames);
        for (const message of host.sent) fromCellSchema.parse(message);
      },
    ),
    { numRuns: 150 },
  );
});

function callBare(host: ReturnType<typeof makeHost>, calls: readonly { index: number; args: string[] }[]): string[] {
  const guest = new GuestIsolate({ source: BARE, parts: {}, cache: null }, 16);
  try {
    guest.bind(host.operations);
    const tries = calls.map(
      ({ index, args }) =>
        `try { operations[${index}](${args.map((text) => `(${text})`).join(', ')}); results.push('ok'); } catch (error) { results.push(error?.name ?? String(error)); }`,
    );
    const script = `(() => { const results = []; ${tries.join('\n')} return JSON.stringify(results); })()`;
    return JSON.parse(
      String(guest.runScript({ script, scriptName: 'bare.js', cache: null, sourceMap: '{}' }, 5_000).copySync()),
    ) as string[];
  } finally {
    guest.dispose();
    host.end();
  }
}

/** The real operations with one real call, number 1, whose frames are kept. */
function makeHost(trigger: Trigger) {
  const frames: Buffer[] = [];
  const call = new ServedCall({
    call: {
      invocation: '0'.repeat(26),
      trigger,
      method: 'GET',
      url: 'http://a/',
      headers: '',
      remainingMs: 1,
      resends: 0,
      body: new Uint8Array(),
      streamed: false,
      probe: false,
      isTraced: false,
    },
    owner: { end: ignore, allowedMs: () => 0, endOverdue: ignore },
    key: 'gw.1',
    runner: { node: 'n', cell: 'c' },
    send: (frame) => void frames.push(Buffer.from(frame)),
    pace: { isCongested: false, onceDrained: ignore },
    onOver: ignore,
  });
  call.start({ number: 1, onBody: ignore, onOver: ignore });
  const events = {
    call: (number: unknown) => (number === 1 ? call : null),
    charge: ignore,
    log: ignore,
    limits: functionLimitsSchema.parse({}),
    mapStack: (stack: string) => stack,
    installed: ignore,
    installFailed: ignore,
    failed: (_call: ServedCall, { outcome, detail }: Parameters<GuestEvents['failed']>[1]) =>
      call.fail(outcome, detail),
    wantsBody: ignore,
    deliverRoom: ignore,
  } as unknown as GuestEvents;
  const timers = new GuestTimers(ignore);
  const services = new HostServices({
    isOpen: (number) => number === 1,
    deliver: ignore,
    deliverError: ignore,
    charge: ignore,
  });
  const sent: FromCell[] = [];
  const asks = new IsolateAsks({
    broker: new BrokerClient({
      isCongested: false,
      onceDrained: ignore,
      send: (message) => void sent.push(message),
    }),
    function: 'f',
    version: 'a'.repeat(64),
    mostAsks: 50,
    invocationOf: () => null,
    depthOf: () => 0,
    traceOf: () => null,
    deliver: ignore,
    deliverError: ignore,
  });
  const operations: HostOperations = {
    ...makeOperations(events, timers, {}),
    ...services.operations,
    ...makeAskOperations(asks, (number) => number === 1),
  };
  const end = (): void => {
    timers.clearAll();
    services.endAll();
    asks.endAll();
  };
  return { operations, frames, sent, end };
}

/** At most one head, and nothing behind the frame that ends the call. */
function assertWellFormed(frames: readonly Buffer[]): void {
  const decoded: CellFrame[] = frames.map((frame) => decodeCellFrame(frame));
  const isLast = (frame: CellFrame): boolean =>
    frame.kind === 'end' || frame.kind === 'failure' || (frame.kind === 'answer' && frame.complete);
  expect(decoded.filter((frame) => frame.kind === 'answer').length).toBeLessThanOrEqual(1);
  expect(decoded.slice(0, -1).filter(isLast)).toEqual([]);
}

/** What pollution of the host would change. */
function sentinels(): unknown {
  const prototypes = [Object, Array, Function, String, Number, Promise, Error, Map, ArrayBuffer, Uint8Array, RegExp];
  return {
    names: Reflect.ownKeys(globalThis).length,
    prototypes: prototypes.map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join()),
    empty: Object.keys(Object.getPrototypeOf({}) as object).length,
    polluted: 'polluted' in {},
  };
}

function ignore(): void {}
