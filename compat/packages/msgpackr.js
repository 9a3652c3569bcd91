import { pack, Packr, unpack } from 'msgpackr';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'packs and unpacks': () => is(unpack(pack({ a: [1, 'é', null, true, 1.5] })), { a: [1, 'é', null, true, 1.5] }),
  'packs as MessagePack says': () => is([...pack({ a: 1 })].slice(-3), [0xa1, 0x61, 0x01]),
  'shares the structure of records': () => {
    const packr = new Packr({ structures: [] });
    const records = Array.from({ length: 5 }, (_, id) => ({ id, name: 'x' }));
    return is(packr.unpack(packr.pack(records)), records);
  },
  'keeps dates, maps and sets': () => {
    const packr = new Packr({ moreTypes: true });
    const { at, map, set } = packr.unpack(packr.pack({ at: new Date(5), map: new Map([[1, 2]]), set: new Set([3]) }));
    return is([at.getTime(), map.get?.(1) ?? map[1], [...set]], [5, 2, [3]]);
  },
};

const handler = checking(claims);
export { handler as default };
