import { AutoRouter, error, json } from 'itty-router';
import { checking, is } from '../src/claims.ts';

const router = AutoRouter();
router
  .get('/hello/:name', ({ params }) => ({ hello: params.name }))
  .get('/search', ({ query }) => json(query))
  .get('/fails', () => error(418, 'teapot'));

const ask = async (path) => {
  const response = await router.fetch(new Request(`http://localhost${path}`));
  return [response.status, await response.json()];
};

export const claims = {
  'gives the parameters of a route, and makes JSON of what its handler returns': async () =>
    is(await ask('/hello/ada'), [200, { hello: 'ada' }]),
  'parses the query': async () => is(await ask('/search?a=1&b=2'), [200, { a: '1', b: '2' }]),
  'answers errors as JSON, and 404 for a path without a route': async () =>
    is([(await ask('/fails'))[0], (await ask('/nowhere'))[0]], [418, 404]),
};

const handler = checking(claims);
export { handler as default };
