import util from 'node:util';
import { sampling, type Samples } from '../src/samples.ts';

class Point {
  x = 1;
  y = [1, { z: { deep: { deeper: 1 } } }];
}
const circular: Record<string, unknown> = { name: 'c' };
circular['self'] = [1];

const VALUES = [
  1,
  -0,
  10n,
  'a',
  "it's",
  true,
  null,
  undefined,
  Symbol('s'),
  [],
  {},
  [1, 'b', null],
  { a: 1, 'b-c': 'x' },
  new Map([['k', { v: 1 }]]),
  new Set([1]),
  new Date(0),
  /x/g,
  new Point(),
  function named() {},
  class A {},
  () => 1,
  Object.create(null),
  new Uint8Array([1, 2]),
  { a: { b: { c: { d: 1 } } } },
  {
    get a() {
      return 1;
    },
  },
  [undefined, [[[[1]]]]],
];

export const samples: Samples = {
  inspect: () => VALUES.map((value) => util.inspect(value)),
  'inspect of an object that says itself how': () => util.inspect({ [util.inspect.custom]: () => 'mine' }),
  format: () => [
    util.format('%s is %d and %i, %j %o%%', 'a', 1.5, 2.7, { x: 1 }, [1], 'more', { y: 2 }),
    util.format('%s %s', { a: 1 }, new Error('x').message, 3),
    util.format(1, 'a', null),
  ],
  'promisify and callbackify': async () => {
    const later = (value: number, done: (error: Error | null, result: number) => void): void => done(null, value + 1);
    const fails = (done: (error: Error) => void): void => done(new RangeError('x'));
    const back = util.callbackify(async (value: number) => value * 2) as (
      value: number,
      done: (e: unknown, r: number) => void,
    ) => void;
    return [
      await util.promisify(later)(1),
      await util
        .promisify(fails)()
        .catch((error: Error) => error.name),
      await new Promise((resolve) => back(4, (_, result) => resolve(result))),
    ];
  },
  inherits: () => {
    function Parent() {}
    function Child() {}
    util.inherits(Child, Parent);
    return new (Child as never as new () => object)() instanceof (Parent as never as new () => object);
  },
  'deep equality': () => [
    util.isDeepStrictEqual({ a: [1, new Map([[{ x: 1 }, 2]])] }, { a: [1, new Map([[{ x: 1 }, 2]])] }),
    util.isDeepStrictEqual([1], ['1']),
    util.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 2 }])),
    util.isDeepStrictEqual(NaN, NaN),
    util.isDeepStrictEqual(0, -0),
    util.isDeepStrictEqual(new Date(1), new Date(2)),
  ],
  types: () => {
    const { types } = util;
    return [
      types.isDate(new Date()),
      types.isDate({}),
      types.isRegExp(/x/),
      types.isPromise(Promise.resolve()),
      types.isTypedArray(new Uint8Array()),
      types.isUint8Array(new Int8Array()),
      types.isMap(new Map()),
      types.isSet([]),
      types.isNativeError(new TypeError()),
      types.isAsyncFunction(() => 1),
      types.isGeneratorFunction(function* () {}),
      types.isArrayBuffer(new ArrayBuffer(1)),
      types.isAnyArrayBuffer({}),
      types.isBoxedPrimitive(Object(1)),
    ];
  },
  texts: () => [util.stripVTControlCharacters('\u001b[31mred\u001b[0m'), util.toUSVString('a\ud800')],
};

const handler = sampling(samples);
export { handler as default };
