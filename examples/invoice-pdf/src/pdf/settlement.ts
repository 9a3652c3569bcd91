import type { Amounts } from '../amounts.ts';
import { amount, date, euros, iban, percentage } from '../french-format.ts';
import { legalMentions } from '../mentions.ts';
import type { Order } from '../order.ts';
import type { InvoiceDocument } from './document.ts';
import { drawContinuation } from './header.ts';
import type { Sheet } from './sheet.ts';
import { ACCENT, BODY_END, CONTENT_WIDTH, GREY, LEFT, LINE, RIGHT, WHITE } from './style.ts';

const GAP = 16;
const ROW_HEIGHT = 15;
const DUE_HEIGHT = 26;
const TOTALS_LEFT = LEFT + 290;
const VAT_COLUMNS = { base: LEFT + 150, vat: LEFT + 240 } as const;
const TEXT = { size: 8.5, leading: 12 } as const;
const MENTION = { size: 7.5, leading: 10.5, colour: GREY } as const;

interface SettlementInput {
  readonly order: Order;
  readonly amounts: Amounts;
  /** Where the table of lines ends on the last sheet. */
  readonly y: number;
}

/** VAT, totals, how to pay and what the law wants said: kept together, on a new sheet when the last one is too full. */
export function drawSettlement(document: InvoiceDocument, { order, amounts, y }: SettlementInput): void {
  let sheet = document.sheets.at(-1)!;
  const mentions = legalMentions(order).flatMap((mention) => sheet.wrap(mention, CONTENT_WIDTH, MENTION));
  const paymentLines = paymentTexts(order);
  const sumsHeight = (amounts.vat.length + 2) * ROW_HEIGHT + DUE_HEIGHT;
  const height =
    2 * GAP + sumsHeight + (paymentLines.length + 1) * TEXT.leading + GAP + mentions.length * MENTION.leading;
  let top = y + GAP;
  if (top + height > BODY_END) {
    sheet = document.addSheet();
    top = drawContinuation(sheet, order);
  }
  drawVatTable(sheet, amounts, top);
  drawTotals(sheet, amounts, top);
  const paymentEnd = drawPayment(sheet, paymentLines, top + sumsHeight + GAP);
  sheet.lines(mentions, { x: LEFT, y: paymentEnd + GAP }, MENTION);
}

function drawVatTable(sheet: Sheet, { vat }: Amounts, y: number): void {
  const head = { size: 7.5, bold: true, colour: ACCENT } as const;
  sheet.text('Taux de TVA', { x: LEFT, y: y + 10 }, head);
  sheet.text('Base HT (€)', { x: VAT_COLUMNS.base, y: y + 10 }, { ...head, align: 'right' });
  sheet.text('TVA (€)', { x: VAT_COLUMNS.vat, y: y + 10 }, { ...head, align: 'right' });
  vat.forEach((share, i) => {
    const row = y + (i + 1) * ROW_HEIGHT;
    sheet.box({ x: LEFT, y: row, width: VAT_COLUMNS.vat - LEFT, height: 0.5 }, LINE);
    sheet.text(percentage(share.percent), { x: LEFT, y: row + 10 }, TEXT);
    sheet.text(amount(share.baseCents), { x: VAT_COLUMNS.base, y: row + 10 }, { ...TEXT, align: 'right' });
    sheet.text(amount(share.vatCents), { x: VAT_COLUMNS.vat, y: row + 10 }, { ...TEXT, align: 'right' });
  });
}

function drawTotals(sheet: Sheet, amounts: Amounts, y: number): void {
  const rows: [string, number][] = [
    ['Total HT', amounts.netCents],
    ...amounts.vat.map(({ percent, vatCents }): [string, number] => [`TVA ${percentage(percent)}`, vatCents]),
    ['Total TTC', amounts.grossCents],
  ];
  rows.forEach(([label, cents], i) => {
    const row = y + i * ROW_HEIGHT;
    const bold = i === 0 || i === rows.length - 1;
    if (i > 0) sheet.box({ x: TOTALS_LEFT, y: row, width: RIGHT - TOTALS_LEFT, height: 0.5 }, LINE);
    sheet.text(label, { x: TOTALS_LEFT, y: row + 10 }, { size: 9, bold });
    sheet.text(euros(cents), { x: RIGHT - 8, y: row + 10 }, { size: 9, bold, align: 'right' });
  });
  drawDue(sheet, amounts, y + rows.length * ROW_HEIGHT + 2);
}

function drawDue(sheet: Sheet, { grossCents }: Amounts, y: number): void {
  sheet.box({ x: TOTALS_LEFT, y, width: RIGHT - TOTALS_LEFT, height: DUE_HEIGHT - 2 }, ACCENT);
  sheet.text('Net à payer', { x: TOTALS_LEFT + 8, y: y + 16 }, { size: 11, bold: true, colour: WHITE });
  sheet.text(euros(grossCents), { x: RIGHT - 8, y: y + 16 }, { size: 11, bold: true, colour: WHITE, align: 'right' });
}

function paymentTexts({ seller, dueOn, number }: Order): string[] {
  return [
    `Par virement au plus tard le ${date(dueOn)}, en rappelant le numéro ${number}`,
    `IBAN ${iban(seller.iban)}`,
    `BIC ${seller.bic}`,
  ];
}

function drawPayment(sheet: Sheet, texts: readonly string[], y: number): number {
  sheet.text('RÈGLEMENT', { x: LEFT, y: y + 8 }, { size: 7, bold: true, colour: ACCENT });
  return sheet.lines(texts, { x: LEFT, y: y + 8 + TEXT.leading + 1 }, TEXT);
}
