import { createSchema, createYoga } from 'graphql-yoga';
import { checking, is } from '../src/claims.ts';

const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: 'type Query { hello(name: String!): String! } type Subscription { count(to: Int!): Int! }',
    resolvers: {
      Query: { hello: (_, { name }) => `Bonjour ${name}` },
      Subscription: {
        count: {
          subscribe: async function* (_, { to }) {
            for (let count = 1; count <= to; count++) yield { count };
          },
        },
      },
    },
  }),
});

const ask = (query, headers = {}) =>
  yoga.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

export const claims = {
  'answers a query': async () =>
    is(await (await ask('{ hello(name: "Ada") }')).json(), { data: { hello: 'Bonjour Ada' } }),
  'tells what is wrong with a query': async () => {
    const { errors } = await (await ask('{ goodbye }')).json();
    return is(errors[0].message, 'Cannot query field "goodbye" on type "Query".');
  },
  'streams a subscription as server-sent events': async () => {
    const text = await (await ask('subscription { count(to: 2) }', { accept: 'text/event-stream' })).text();
    return is(text.match(/"count":\d/g), ['"count":1', '"count":2']);
  },
  'shows GraphiQL to browsers': async () => {
    const response = await yoga.fetch('http://localhost/graphql', { headers: { accept: 'text/html' } });
    return is([response.status, (await response.text()).includes('Yoga GraphiQL')], [200, true]);
  },
};

const handler = checking(claims);
export { handler as default };
