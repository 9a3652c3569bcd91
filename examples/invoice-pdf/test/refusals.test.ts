import { describe, expect, test } from 'vitest';
import { call, postOrder, readOrder } from './orders.ts';

describe('requests that are no order', () => {
  test.each([
    ['an empty body', '', 'The body is empty'],
    ['half a body', '{"number": ', 'SyntaxError: Unexpected end of JSON input'],
  ])('%s is answered 400 as a problem', async (_what, body, detail) => {
    const answer = await postOrder(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toEqual({ type: 'about:blank', status: 400, title: 'The body is not JSON', detail });
  });

  test('another method is answered 405 with the one that exists', async () => {
    const answer = await call({ method: 'GET' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test('another media type is answered 415', async () => {
    const answer = await call({ method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a;b' });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({
      detail: 'The content type is "text/csv"; it must be application/json',
    });
  });
});

describe('orders that break a rule are answered 422 and name the place', () => {
  test.each([
    ['an order that is null', null, '#'],
    ['an unknown key', { colour: 'red' }, '#'],
    ['no lines', { lines: [] }, '#/lines'],
    ['a number that is a path', { number: '../../etc' }, '#/number'],
    ['a day that does not exist', { issuedOn: '2026-02-30' }, '#/issuedOn'],
    ['a due date before the invoice', { dueOn: '2026-11-19' }, '#/dueOn'],
  ])('%s', async (_what, change, pointer) => {
    const answer = await postOrder(change === null ? null : { ...(await readOrder()), ...change });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ violations: [{ pointer }] });
  });

  test.each([
    ['a negative quantity', { quantity: -1 }, '#/lines/0/quantity'],
    ['a quantity of a ten-thousandth', { quantity: 0.0001 }, '#/lines/0/quantity'],
    ['a price with half a cent', { unitPriceCents: 0.5 }, '#/lines/0/unitPriceCents'],
    ['a discount above the price', { discountPercent: 101 }, '#/lines/0/discountPercent'],
    ['a VAT rate of another country', { vatPercent: 19 }, '#/lines/0/vatPercent'],
    ['a description with a line feed', { description: 'a\nb' }, '#/lines/0/description'],
    ['a line that no column has room for', { quantity: 100_000, unitPriceCents: 99_999_999 }, '#/lines/0'],
  ])('%s', async (_what, change, pointer) => {
    const order = await readOrder();
    const answer = await postOrder({ ...order, lines: [{ ...order.lines[0], ...change }] });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ violations: [{ pointer }] });
  });

  test('a name that the fonts cannot print is refused with the character, not altered', async () => {
    const order = await readOrder();
    const answer = await postOrder({ ...order, buyer: { ...order.buyer, name: 'Księgarnia Łódź' } });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      violations: [
        {
          pointer: '#/buyer/name',
          detail: 'Holds "ę" (U+0119); an invoice prints the characters of Western European languages only',
        },
      ],
    });
  });

  test('an emoji is named by its whole code point', async () => {
    const order = await readOrder();
    const answer = await postOrder({ ...order, orderReference: 'BC 🪑' });
    expect(await answer.text()).toContain('U+1FA91');
  });

  test('a VAT number of another company than the SIRET is refused', async () => {
    const order = await readOrder();
    const answer = await postOrder({ ...order, buyer: { ...order.buyer, vatNumber: 'FR19812345676' } });
    expect(await answer.json()).toMatchObject({ violations: [{ pointer: '#/buyer/vatNumber' }] });
  });
});
