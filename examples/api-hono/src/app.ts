import { Hono, type Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { LANGUAGE_COOKIE, LANGUAGES, languageOf, type Language } from './language.ts';
import { problem } from './problem.ts';
import { makeQuote, quoteId, type Treatment } from './quote.ts';
import { parseQuoteRequest } from './quote-request.ts';
import { isVatRateName, VAT_RATES } from './vat-rates.ts';

interface Env {
  Bindings: { readonly MAX_LINES: string };
}

const YEAR_SECONDS = 31_536_000;

const TREATMENT_TEXTS: Readonly<Record<Treatment, Readonly<Record<Language, string>>>> = {
  domestic: { fr: 'TVA française', en: 'French VAT' },
  'intra-community': {
    fr: 'Exonération de TVA, article 262 ter I du CGI',
    en: 'VAT exempt, article 262 ter I of the French tax code',
  },
  export: { fr: 'Exonération de TVA, article 262 I du CGI', en: 'VAT exempt, article 262 I of the French tax code' },
};

/** Prices quotes with French VAT. Holds no state: the same request has the same answer on every node. */
export const app = new Hono<Env>();

app.get('/', (c) => c.json({ service: 'quotes', paths: ['/quotes', '/vat-rates', '/vat-rates/:name', '/language'] }));

app.get('/vat-rates', (c) => c.json({ rates: Object.values(VAT_RATES) }));

app.get('/vat-rates/:name', (c) => {
  const name = c.req.param('name');
  if (isVatRateName(name)) return c.json(VAT_RATES[name]);
  const known = Object.keys(VAT_RATES).join(', ');
  return problem(c, { status: 404, title: 'No such VAT rate', detail: `"${name}" is none of ${known}` });
});

app.post('/quotes', async (c) => {
  const body = await readJson(c);
  if (body instanceof Response) return body;
  const parsed = parseQuoteRequest(body.value, { maxLines: Number(c.env.MAX_LINES) });
  if ('violations' in parsed) {
    const { violations } = parsed;
    const detail = `The request breaks ${violations.length} rule(s)`;
    return problem(c, { status: 422, title: 'No quote can be made of this', detail, violations });
  }
  const quote = makeQuote(parsed.request);
  const language = languageOf(c);
  const format = new Intl.NumberFormat(`${language}-FR`, { style: 'currency', currency: 'EUR' });
  return c.json({
    id: await quoteId(quote),
    currency: 'EUR',
    ...quote,
    texts: { total: format.format(quote.totals.grossCents / 100), vat: TREATMENT_TEXTS[quote.treatment][language] },
  });
});

app.put('/language/:language', (c) => {
  const wanted = c.req.param('language');
  const language = LANGUAGES.find((known) => known === wanted);
  if (language === undefined) {
    const detail = `"${wanted}" is none of ${LANGUAGES.join(', ')}`;
    return problem(c, { status: 404, title: 'No such language', detail });
  }
  const secure = new URL(c.req.url).protocol === 'https:';
  setCookie(c, LANGUAGE_COOKIE, language, { httpOnly: true, sameSite: 'Lax', secure, maxAge: YEAR_SECONDS });
  return c.json({ language });
});

app.get('/language', (c) => c.json({ language: languageOf(c) }));

app.delete('/language', (c) => {
  deleteCookie(c, LANGUAGE_COOKIE);
  return c.body(null, 204);
});

const METHODS_BY_PATH = {
  '/': 'GET, HEAD',
  '/vat-rates': 'GET, HEAD',
  '/vat-rates/:name': 'GET, HEAD',
  '/quotes': 'POST',
  '/language': 'GET, HEAD, DELETE',
  '/language/:language': 'PUT',
};

for (const [path, allowed] of Object.entries(METHODS_BY_PATH)) {
  app.all(path, (c) => {
    c.header('allow', allowed);
    const detail = `${c.req.method} is not possible here, only ${allowed}`;
    return problem(c, { status: 405, title: 'Method not allowed', detail });
  });
}

app.notFound((c) => problem(c, { status: 404, title: 'Not found', detail: `Nothing is at "${c.req.path}"` }));

// Hono would answer "Internal Server Error" itself; thrown on, the platform reports the error with its place in the source.
app.onError((error) => {
  throw error;
});

async function readJson(c: Context<Env>): Promise<Response | { readonly value: unknown }> {
  const contentType = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(contentType)) {
    const detail = `The content type is "${contentType}"; it must be application/json`;
    return problem(c, { status: 415, title: 'Unsupported media type', detail });
  }
  try {
    return { value: await c.req.json<unknown>() };
  } catch (error) {
    // A body that cannot be read to its end is no fault of the caller's JSON.
    if (!(error instanceof SyntaxError)) throw error;
    return problem(c, { status: 400, title: 'The body is not JSON', detail: error.message });
  }
}
