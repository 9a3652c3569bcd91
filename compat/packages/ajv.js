import Ajv from 'ajv';
import { validateOrder } from './generated/order-validator.js';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'validates with a validator that was compiled before (standalone)': () =>
    is([validateOrder({ id: 1, lines: [{ sku: 'a' }] }), validateOrder({ id: 'x', lines: [] })], [true, false]),
  'tells the errors of a compiled validator': () => {
    validateOrder({ id: 1, lines: [{}] });
    return is(
      validateOrder.errors.map(({ instancePath, keyword }) => [instancePath, keyword]),
      [['/lines/0', 'required']],
    );
  },
  'cannot compile() in a function: code cannot be made from strings': () => {
    try {
      new Ajv().compile({ type: 'string' });
      return is('compiled', 'thrown');
    } catch (error) {
      return is(error.name, 'EvalError');
    }
  },
};

const handler = checking(claims);
export { handler as default };
