import { describe, expect, test } from 'vitest';
import handler from '../src/index.ts';

const ENV = { MAX_LINES: '500' };
const LINE = { description: 'Chaise', quantity: 3, unitPriceCents: 1999 };

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(handler.fetch(new Request(`https://sovfn.example${path}`, init), ENV));
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return call('/quotes', { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
}

describe('quotes', () => {
  test('VAT is computed once per rate and rounded half up', async () => {
    const lines = [
      { ...LINE, quantity: 1, unitPriceCents: 1 },
      { ...LINE, quantity: 1, unitPriceCents: 9, vat: 'reduced' },
      { ...LINE, quantity: 1, unitPriceCents: 1, vat: 'reduced' },
    ];
    const quote: unknown = await (await post({ lines })).json();
    expect(quote).toMatchObject({
      treatment: 'domestic',
      vat: [
        { rate: 'normal', baseCents: 1, vatCents: 0 },
        { rate: 'reduced', baseCents: 10, vatCents: 1 },
      ],
      totals: { netCents: 11, vatCents: 1, grossCents: 12 },
    });
  });

  test('a discount is taken off its own line', async () => {
    const quote: unknown = await (await post({ lines: [{ ...LINE, discountPercent: 33 }, LINE] })).json();
    expect(quote).toMatchObject({ lines: [{ netCents: 4018 }, { netCents: 5997 }] });
  });

  test('the largest order a quote may hold is exact to the cent', async () => {
    const line = { ...LINE, quantity: 10_000, unitPriceCents: 99_999_999 };
    const quote: unknown = await (await post({ lines: Array(500).fill(line) })).json();
    expect(quote).toMatchObject({ totals: { netCents: 499_999_995_000_000, grossCents: 599_999_994_000_000 } });
  });

  test('equal requests have equal ids, different ones have not', async () => {
    const ids = [];
    for (const quantity of [3, 3, 4]) {
      const quote = (await (await post({ lines: [{ ...LINE, quantity }] })).json()) as { id: string };
      ids.push(quote.id);
    }
    expect(ids[0]).toMatch(/^Q-[0-9A-F]{12}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test.each([
    ['a French buyer', 'domestic', { country: 'FR', vatNumber: 'FR83404833048' }],
    ['a consumer in the EU', 'domestic', { country: 'DE' }],
    ['a company in the EU', 'intra-community', { country: 'DE', vatNumber: 'DE136695976' }],
    ['a buyer outside the EU', 'export', { country: 'CH' }],
  ])('the VAT treatment of %s is %s', async (_who, treatment, buyer) => {
    expect(await (await post({ buyer, lines: [LINE] })).json()).toMatchObject({ treatment });
  });

  test('names keep their accents', async () => {
    const description = 'Œuvre « Été à Łódź » — 東京 🪑';
    const answer = await post({ lines: [{ ...LINE, description }] });
    expect(await answer.json()).toMatchObject({ lines: [{ description }] });
  });
});

describe('requests that are refused', () => {
  test.each([
    ['an empty body', ''],
    ['half a body', '{"lines": ['],
    ['text', 'bonjour'],
  ])('%s is answered 400 as a problem', async (_what, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 400, title: 'The body is not JSON' });
  });

  test.each([
    ['null', null, '#'],
    ['no lines', { lines: [] }, '#/lines'],
    ['501 lines', { lines: Array(501).fill(LINE) }, '#/lines'],
    ['a half chair', { lines: [{ ...LINE, quantity: 0.5 }] }, '#/lines/0/quantity'],
    ['a negative price', { lines: [LINE, { ...LINE, unitPriceCents: -1 }] }, '#/lines/1/unitPriceCents'],
    ['a line feed in a name', { lines: [{ ...LINE, description: 'a\nb' }] }, '#/lines/0/description'],
    ['an unknown rate', { lines: [{ ...LINE, vat: '19.6' }] }, '#/lines/0/vat'],
    ['a lower-case country', { buyer: { country: 'fr' }, lines: [LINE] }, '#/buyer/country'],
  ])('%s is answered 422 and names the place', async (_what, body, pointer) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ violations: [{ pointer }] });
  });

  test('another media type is answered 415', async () => {
    const answer = await post('lines=3', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({
      detail: 'The content type is "application/x-www-form-urlencoded"; it must be application/json',
    });
  });

  test('another method is answered 405 with the methods that exist', async () => {
    const answer = await call('/quotes', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('another path is answered 404 as a problem', async () => {
    const answer = await call('/devis/%C3%A9t%C3%A9');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ status: 404, detail: 'Nothing is at "/devis/été"' });
  });

  test('an unknown VAT rate is answered 404 with the known ones', async () => {
    const answer = await call('/vat-rates/constructor');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      detail: '"constructor" is none of normal, intermediate, reduced, super-reduced',
    });
  });
});

describe('language', () => {
  test('a chosen language is kept in a cookie that scripts of a page cannot read', async () => {
    const chosen = await call('/language/en', { method: 'PUT' });
    expect(chosen.headers.get('set-cookie')).toBe(
      'language=en; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
  });

  test('the cookie wins over Accept-Language, and French is the default', async () => {
    const languages = [];
    const cases: Record<string, string>[] = [
      { cookie: 'a=1; language=en', 'accept-language': 'fr' },
      { 'accept-language': 'de, en-GB;q=0.8' },
      { cookie: 'language=xx' },
    ];
    for (const headers of cases) languages.push(await (await call('/language', { headers })).json());
    expect(languages).toEqual([{ language: 'en' }, { language: 'en' }, { language: 'fr' }]);
  });

  test('a French total has a decimal comma and the euro sign behind it', async () => {
    const quote = (await (await post({ lines: [{ ...LINE, unitPriceCents: 1_234_56 }] })).json()) as {
      texts: { total: string };
    };
    expect(quote.texts.total.replaceAll(/\s/g, ' ')).toBe('4 444,42 €');
  });

  test('forgetting the language expires the cookie', async () => {
    const answer = await call('/language', { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toBe('language=; Max-Age=0; Path=/');
  });
});
