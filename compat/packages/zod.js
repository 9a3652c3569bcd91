import * as z from 'zod';
import { checking, is } from '../src/claims.ts';

const User = z.object({ name: z.string().min(2), age: z.coerce.number().int(), mail: z.email().optional() });

export const claims = {
  'parses and coerces an object': () => is(User.parse({ name: 'Ada', age: '36' }), { name: 'Ada', age: 36 }),
  'tells the path and the code of each issue': () =>
    is(
      User.safeParse({ name: 'A', age: 1, mail: 'nobody' }).error.issues.map(({ path, code }) => [path, code]),
      [
        [['name'], 'too_small'],
        [['mail'], 'invalid_format'],
      ],
    ),
  'waits for asynchronous refinements': async () =>
    is(
      await z
        .string()
        .refine(async (text) => text === 'a')
        .safeParseAsync('b')
        .then(({ success }) => success),
      false,
    ),
  'describes a schema as JSON Schema': () =>
    is(z.toJSONSchema(z.object({ a: z.number() })).properties, { a: { type: 'number' } }),
};

const handler = checking(claims);
export { handler as default };
