import jsonata from 'jsonata';
import { checking, is } from '../src/claims.ts';

const data = {
  orders: [
    { price: 10, quantity: 3 },
    { price: 0.5, quantity: 10 },
  ],
};

export const claims = {
  'evaluates an expression': async () => is(await jsonata('$sum(orders.(price*quantity))').evaluate(data), 35),
  'shapes a result': async () => is(await jsonata('orders[price > 1].{ "p": price }').evaluate(data), { p: 10 }),
  'takes functions': async () => {
    const expression = jsonata('$twice(21)');
    expression.registerFunction('twice', (value) => value * 2, '<n:n>');
    return is(await expression.evaluate({}), 42);
  },
};

const handler = checking(claims);
export { handler as default };
