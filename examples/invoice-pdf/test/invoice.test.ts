import { PDFDocument } from 'pdf-lib';
import { describe, expect, test } from 'vitest';
import type { Order, OrderLine } from '../src/order.ts';
import { postOrder, readOrder } from './orders.ts';
import { readPdfTexts } from './pdf-text.ts';

async function invoiceOf(order: Order): Promise<Uint8Array> {
  const answer = await postOrder(order);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.bytes();
}

async function linesOrder(lines: Partial<OrderLine>[]): Promise<Order> {
  const order = await readOrder();
  return { ...order, lines: lines.map((line) => ({ ...order.lines[0]!, ...line })) };
}

describe('an invoice', () => {
  test('is a PDF with the name of its number', async () => {
    const answer = await postOrder(await readOrder());
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe('inline; filename="facture-FA-2026-0142.pdf"');
  });

  test('shows every figure of the shipped order in French form', async () => {
    const [texts] = await readPdfTexts(await invoiceOf(await readOrder()));
    expect(texts).toEqual(expect.arrayContaining(['FACTURE', 'FA-2026-0142', '20/11/2026', '20/12/2026', 'BC-7781']));
    expect(texts).toEqual(expect.arrayContaining(['18,25 m²', '680,00', '12,5 %', '5,5 %', '1 722,35', '313,69']));
    expect(texts).toEqual(expect.arrayContaining(['4 591,94 €', '650,35 €', '102,65 €', '17,25 €', '5 362,19 €']));
  });

  test('holds what French law wants on it', async () => {
    const [texts] = await readPdfTexts(await invoiceOf(await readOrder()));
    const text = texts!.join(' ');
    for (const mention of [
      'SIRET 812 345 676 00017',
      'TVA intracommunautaire FR19812345676',
      'SIRET 452 188 931 00029',
      'TVA FR77452188931',
      'SAS au capital de 50 000 € – RCS Lyon 812 345 676',
      'Date de livraison ou d’exécution',
      'Livraison de biens et prestation de services',
      'Pas d’escompte pour paiement anticipé.',
      'pénalités au taux annuel de 12,15 %',
      'frais de recouvrement de 40 € (articles L441-10 et D441-5 du code de commerce)',
      'Option pour le paiement de la taxe d’après les débits.',
      'IBAN FR76 3000 4008 2800 0123 4567 841',
    ]) {
      expect(text).toContain(mention);
    }
  });

  test('says the legal penalty rate and the discount of the order that has them', async () => {
    const pages = await readPdfTexts(await invoiceOf(await readOrder({}, 'order-72-lines.json')));
    expect(pages.at(-1)).toContain('Escompte de 1 % pour paiement sous 10 jours.');
    expect(pages.at(-1)!.join(' ')).toContain('au taux de trois fois le taux d’intérêt légal');
  });

  test('names itself in its metadata, with the dates of the order', async () => {
    const document = await PDFDocument.load(await invoiceOf(await readOrder()), { updateMetadata: false });
    expect(document.getTitle()).toBe('Facture FA-2026-0142');
    expect(document.getSubject()).toBe('Facture de Ateliers Béranger à Librairie Au Cœur de l’Été');
    expect(document.getAuthor()).toBe('Ateliers Béranger');
    expect(document.getCreationDate()).toEqual(new Date('2026-11-20T00:00:00Z'));
    expect(document.getModificationDate()).toEqual(new Date('2026-11-20T00:00:00Z'));
  });

  test('of the same order is the same, byte for byte', async () => {
    const first = await invoiceOf(await readOrder());
    expect(Buffer.from(first).equals(await invoiceOf(await readOrder()))).toBe(true);
  });
});

describe('many lines', () => {
  test('make several pages, each numbered and each with the carried sum of the one before', async () => {
    const pages = await readPdfTexts(await invoiceOf(await readOrder({}, 'order-72-lines.json')));
    expect(pages.length).toBeGreaterThan(2);
    pages.forEach((texts, i) => expect(texts).toContain(`Page ${i + 1} / ${pages.length}`));
    const after = (texts: string[], label: string) => texts[texts.indexOf(label) + 1];
    const tablePages = pages.filter((texts) => texts.includes('Désignation'));
    for (const [i, texts] of tablePages.slice(1).entries()) {
      expect(after(texts, 'Report')).toBe(after(tablePages[i]!, 'À reporter'));
    }
  });

  test('are all there, once and in their order', async () => {
    const order = await readOrder({}, 'order-72-lines.json');
    const texts = (await readPdfTexts(await invoiceOf(order))).flat();
    const references = order.lines.map((line) => line.reference!);
    expect(texts.filter((text) => references.includes(text))).toEqual(references);
  });

  test.each([1, 12, 13, 14, 15, 16, 17, 18, 40])('%i lines keep the totals on one page', async (count) => {
    const pages = await readPdfTexts(await invoiceOf(await linesOrder(Array<object>(count).fill({}))));
    const last = pages.at(-1)!;
    expect(last).toEqual(expect.arrayContaining(['Total HT', 'Net à payer', 'RÈGLEMENT']));
    expect(pages.slice(0, -1).flat()).not.toContain('Net à payer');
  });

  test('are refused above 500', async () => {
    expect((await postOrder(await linesOrder(Array<object>(500).fill({})))).status).toBe(200);
    const answer = await postOrder(await linesOrder(Array<object>(501).fill({})));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ violations: [{ pointer: '#/lines' }] });
  });
});

describe('amounts', () => {
  test('are rounded half up per line, and VAT once per rate', async () => {
    const line = { quantity: 0.5, unitPriceCents: 1, discountPercent: 0, vatPercent: 20 } as const;
    const [texts] = await readPdfTexts(await invoiceOf(await linesOrder([line, line, line])));
    expect(texts).toEqual(expect.arrayContaining(['0,5 pce', '0,01', '0,03 €', '0,04 €']));
  });

  test('of the largest order are exact', async () => {
    const line = { quantity: 9_999.999, unitPriceCents: 999_999, discountPercent: 0, vatPercent: 20 } as const;
    const pages = await readPdfTexts(await invoiceOf(await linesOrder(Array<object>(500).fill(line))));
    expect(pages.at(-1)).toContain('49 999 945 000,00 €');
  });

  test('a VAT rate that appears twice is summed once', async () => {
    const [texts] = await readPdfTexts(await invoiceOf(await linesOrder([{}, { vatPercent: 2.1 }, {}])));
    expect(texts!.filter((text) => text.startsWith('TVA ') && text.endsWith('%'))).toEqual(['TVA 20 %', 'TVA 2,1 %']);
  });
});

describe('names', () => {
  test('print with every character of Windows-1252', async () => {
    const bytes = Buffer.from(Array.from({ length: 224 }, (_, i) => i + 32));
    const printable = Array.from(new TextDecoder('windows-1252').decode(bytes)).filter((c) => !/\p{Cc}/u.test(c));
    const description = printable.join('');
    const [texts] = await readPdfTexts(await invoiceOf(await linesOrder([{ description }])));
    const shown = texts!.join('').replaceAll(' ', '');
    expect(shown).toContain(description.replaceAll(/[ \u00a0]/g, ''));
  });

  test('with separate accents or narrow spaces print composed', async () => {
    const order = await linesOrder([{ description: 'Cafe\u0301 «\u202fE\u0301te\u0301\u202f»' }]);
    const [texts] = await readPdfTexts(await invoiceOf(order));
    expect(texts).toContain('Café « Été »');
  });

  test('without a blank are broken where the column ends', async () => {
    const description = 'W'.repeat(400);
    const texts = (await readPdfTexts(await invoiceOf(await linesOrder([{ description }])))).flat();
    expect(texts.filter((text) => /^W+$/.test(text)).join('')).toBe(description);
  });
});
