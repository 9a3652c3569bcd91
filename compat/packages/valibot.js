import * as v from 'valibot';
import { checking, is } from '../src/claims.ts';

const Login = v.object({ email: v.pipe(v.string(), v.email()), password: v.pipe(v.string(), v.minLength(8)) });

export const claims = {
  'parses what fits': () =>
    is(v.parse(Login, { email: 'jane@example.com', password: '12345678' }), {
      email: 'jane@example.com',
      password: '12345678',
    }),
  'throws a ValiError for what does not': () => {
    try {
      v.parse(Login, { email: '', password: '' });
      return is('parsed', 'thrown');
    } catch (error) {
      return is(error instanceof v.ValiError, true);
    }
  },
  'flattens issues by path': () =>
    is(Object.keys(v.flatten(v.safeParse(Login, { email: 'x', password: 'x' }).issues).nested), ['email', 'password']),
};

const handler = checking(claims);
export { handler as default };
