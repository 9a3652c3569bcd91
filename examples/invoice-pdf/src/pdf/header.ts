import { companyNumber, date } from '../french-format.ts';
import { operationText } from '../mentions.ts';
import type { Buyer, Order, Seller } from '../order.ts';
import type { Sheet } from './sheet.ts';
import { ACCENT, CONTENT_WIDTH, GREY, LEFT, MARGIN, PAGE, PALE, RIGHT } from './style.ts';

const BAND_HEIGHT = 8;
const COLUMN_GAP = 20;
const COLUMN_WIDTH = (CONTENT_WIDTH - COLUMN_GAP) / 2;
const RIGHT_COLUMN = LEFT + COLUMN_WIDTH + COLUMN_GAP;
const PARTY_PADDING = 10;
/** Leaves room for the longest number beside it. */
const CONTINUED_NAME_WIDTH = 200;

const SMALL = { size: 8.5, leading: 12 } as const;

/** Who invoices whom, under which number and dates. Returns where the rest may begin. */
export function drawHeader(sheet: Sheet, order: Order): number {
  sheet.box({ x: 0, y: 0, width: PAGE.width, height: BAND_HEIGHT }, ACCENT);
  const sellerEnd = drawSeller(sheet, order.seller);
  const factsEnd = drawFacts(sheet, order);
  return drawParties(sheet, order.buyer, Math.max(sellerEnd, factsEnd) + 14) + 22;
}

/** The head of every further page: whose invoice it continues. Returns where the rest may begin. */
export function drawContinuation(sheet: Sheet, order: Order): number {
  const y = MARGIN.top;
  const nameStyle = { size: 9, bold: true, colour: ACCENT } as const;
  const [name = ''] = sheet.wrap(order.seller.name, CONTINUED_NAME_WIDTH, nameStyle);
  sheet.text(name, { x: LEFT, y }, nameStyle);
  const title = `Facture ${order.number} du ${date(order.issuedOn)}, suite`;
  sheet.text(title, { x: RIGHT, y }, { size: 9, colour: GREY, align: 'right' });
  return y + 14;
}

function drawSeller(sheet: Sheet, seller: Seller): number {
  const nameStyle = { size: 15, bold: true, leading: 18, colour: ACCENT } as const;
  const name = sheet.wrap(seller.name, COLUMN_WIDTH, nameStyle);
  const nameEnd = sheet.lines(name, { x: LEFT, y: MARGIN.top + 12 }, nameStyle);
  const details = [
    ...seller.address,
    `${seller.phone} – ${seller.email}`,
    `SIRET ${companyNumber(seller.siret)}`,
    `TVA intracommunautaire ${seller.vatNumber}`,
  ];
  const wrapped = details.flatMap((detail) => sheet.wrap(detail, COLUMN_WIDTH, SMALL));
  return sheet.lines(wrapped, { x: LEFT, y: nameEnd + 1 }, { ...SMALL, colour: GREY });
}

function drawFacts(sheet: Sheet, order: Order): number {
  sheet.text('FACTURE', { x: RIGHT, y: MARGIN.top + 16 }, { size: 22, bold: true, colour: ACCENT, align: 'right' });
  const facts: [string, string][] = [
    ['Numéro', order.number],
    ['Date d’émission', date(order.issuedOn)],
    ['Date de livraison ou d’exécution', date(order.deliveredOn)],
    ['Date d’échéance', date(order.dueOn)],
  ];
  if (order.orderReference !== null) facts.push(['Votre référence', order.orderReference]);
  facts.push(['Nature', operationText(order)]);
  const top = MARGIN.top + 38;
  facts.forEach(([label, value], i) => {
    const y = top + i * 13;
    sheet.text(label, { x: RIGHT_COLUMN, y }, { size: SMALL.size, colour: GREY });
    sheet.text(value, { x: RIGHT, y }, { size: SMALL.size, bold: true, align: 'right' });
  });
  return top + facts.length * 13;
}

/** The buyer stands on the right, where the window of a French envelope is. */
function drawParties(sheet: Sheet, buyer: Buyer, y: number): number {
  const delivery = buyer.deliveryAddress ?? [buyer.name, ...buyer.address];
  const invoiced = [buyer.name, ...buyer.address, `SIRET ${companyNumber(buyer.siret)}`];
  if (buyer.vatNumber !== null) invoiced.push(`TVA ${buyer.vatNumber}`);
  const width = COLUMN_WIDTH - 2 * PARTY_PADDING;
  const deliveryLines = delivery.flatMap((line) => sheet.wrap(line, width, SMALL));
  const invoicedLines = invoiced.flatMap((line) => sheet.wrap(line, width, { ...SMALL, bold: true }));
  const height = 2 * PARTY_PADDING + 12 + Math.max(deliveryLines.length, invoicedLines.length) * SMALL.leading;
  drawParty(sheet, { title: 'LIVRÉ À', lines: deliveryLines, x: LEFT, y, height });
  drawParty(sheet, { title: 'FACTURÉ À', lines: invoicedLines, x: RIGHT_COLUMN, y, height });
  return y + height;
}

interface Party {
  readonly title: string;
  /** The first one is written bold. */
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

function drawParty(sheet: Sheet, { title, lines, x, y, height }: Party): void {
  sheet.box({ x, y, width: COLUMN_WIDTH, height }, PALE);
  sheet.box({ x, y, width: 2.5, height }, ACCENT);
  const left = x + PARTY_PADDING;
  sheet.text(title, { x: left, y: y + PARTY_PADDING + 6 }, { size: 7, bold: true, colour: ACCENT });
  const first = y + PARTY_PADDING + 20;
  sheet.lines(lines.slice(0, 1), { x: left, y: first }, { ...SMALL, bold: true });
  sheet.lines(lines.slice(1), { x: left, y: first + SMALL.leading }, SMALL);
}
