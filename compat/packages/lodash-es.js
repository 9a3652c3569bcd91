import { chunk, cloneDeep, debounce, groupBy, merge, template } from 'lodash-es';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'groups, chunks and merges': () =>
    is(
      [groupBy([6.1, 4.2, 6.3], Math.floor), chunk(['a', 'b', 'c'], 2), merge({ a: [{ b: 2 }] }, { a: [{ c: 3 }] })],
      [{ 4: [4.2], 6: [6.1, 6.3] }, [['a', 'b'], ['c']], { a: [{ b: 2, c: 3 }] }],
    ),
  'clones deeply': () => {
    const value = { at: new Date(5), bytes: new Uint8Array([1]), set: new Set([2]) };
    const { at, bytes, set } = cloneDeep(value);
    return is([at !== value.at, at.getTime(), [...bytes], [...set]], [true, 5, [1], [2]]);
  },
  debounces: async () => {
    let calls = 0;
    const call = debounce(() => calls++, 5);
    call();
    call();
    await new Promise((resolve) => setTimeout(resolve, 30));
    return is(calls, 1);
  },
  'has no template(), which makes code from strings': () => {
    try {
      template('<%= a %>');
      return is('made', 'thrown');
    } catch (error) {
      return is(error.name, 'EvalError');
    }
  },
};

const handler = checking(claims);
export { handler as default };
