import type { Amounts } from '../amounts.ts';
import { amount, decimal, percentage } from '../french-format.ts';
import type { Order, OrderLine } from '../order.ts';
import type { InvoiceDocument } from './document.ts';
import { drawContinuation } from './header.ts';
import type { Sheet } from './sheet.ts';
import { ACCENT, BODY_END, CONTENT_WIDTH, GREY, LEFT, LINE, PALE, RIGHT, WHITE } from './style.ts';

const CELL_PADDING = 6;
const HEAD_HEIGHT = 20;
const CARRY_HEIGHT = 18;
const TEXT = { size: 8.5, leading: 11 } as const;
const REFERENCE = { size: 7.5, leading: 11, colour: GREY } as const;
const ROW_PADDING = 10;

/** `end` is the right edge of a column; figures stand at it, texts at the left edge. */
const COLUMNS = {
  reference: { end: LEFT + 68 },
  description: { start: LEFT + 68, end: LEFT + 252 },
  quantity: { end: LEFT + 306 },
  unitPrice: { end: LEFT + 366 },
  discount: { end: LEFT + 404 },
  vat: { end: LEFT + 438 },
  total: { end: RIGHT },
} as const;

const REFERENCE_WIDTH = COLUMNS.reference.end - LEFT - 2 * CELL_PADDING;
const DESCRIPTION_WIDTH = COLUMNS.description.end - COLUMNS.description.start - 2 * CELL_PADDING;
const QUANTITY_WIDTH = COLUMNS.quantity.end - COLUMNS.description.end - 2 * CELL_PADDING;

interface TableInput {
  readonly order: Order;
  readonly amounts: Amounts;
  /** Where the table begins on the last sheet. */
  readonly y: number;
}

/** The lines, on as many sheets as they need; a page's sum is carried over to the next. Returns where the table ends. */
export function drawLinesTable(document: InvoiceDocument, { order, amounts, y }: TableInput): number {
  let sheet = document.sheets.at(-1)!;
  let top = drawHead(sheet, y);
  let carriedCents = 0;
  order.lines.forEach((line, i) => {
    const row = layOutRow(sheet, line, amounts.lineCents[i]!);
    const isLast = i === order.lines.length - 1;
    if (top + row.height > BODY_END - (isLast ? 0 : CARRY_HEIGHT)) {
      drawCarry(sheet, { label: 'À reporter', cents: carriedCents, y: top });
      sheet = document.addSheet();
      top = drawHead(sheet, drawContinuation(sheet, order));
      top = drawCarry(sheet, { label: 'Report', cents: carriedCents, y: top });
    }
    if (i % 2 === 1) sheet.box({ x: LEFT, y: top, width: CONTENT_WIDTH, height: row.height }, PALE);
    drawRow(sheet, row, top);
    carriedCents += row.cents;
    top += row.height;
  });
  return top;
}

function drawHead(sheet: Sheet, y: number): number {
  sheet.box({ x: LEFT, y, width: CONTENT_WIDTH, height: HEAD_HEIGHT }, ACCENT);
  const baseline = y + 13;
  const style = { size: 7.5, bold: true, colour: WHITE } as const;
  sheet.text('Référence', { x: LEFT + CELL_PADDING, y: baseline }, style);
  sheet.text('Désignation', { x: COLUMNS.description.start + CELL_PADDING, y: baseline }, style);
  const titles: [string, number][] = [
    ['Quantité', COLUMNS.quantity.end],
    ['P.U. HT (€)', COLUMNS.unitPrice.end],
    ['Remise', COLUMNS.discount.end],
    ['TVA', COLUMNS.vat.end],
    ['Total HT (€)', COLUMNS.total.end],
  ];
  for (const [title, end] of titles) {
    sheet.text(title, { x: end - CELL_PADDING, y: baseline }, { ...style, align: 'right' });
  }
  return y + HEAD_HEIGHT;
}

/** A line, broken into what its columns have room for. */
interface Row {
  readonly line: OrderLine;
  readonly reference: readonly string[];
  readonly description: readonly string[];
  readonly quantity: readonly string[];
  readonly cents: number;
  readonly height: number;
}

function layOutRow(sheet: Sheet, line: OrderLine, cents: number): Row {
  const reference = sheet.wrap(line.reference ?? '', REFERENCE_WIDTH, REFERENCE);
  const description = sheet.wrap(line.description, DESCRIPTION_WIDTH, TEXT);
  const quantity = sheet.wrap(`${decimal(line.quantity)} ${line.unit ?? ''}`, QUANTITY_WIDTH, TEXT);
  const lineCount = Math.max(reference.length, description.length, quantity.length);
  return { line, reference, description, quantity, cents, height: lineCount * TEXT.leading + ROW_PADDING };
}

function drawRow(sheet: Sheet, row: Row, top: number): void {
  const { line } = row;
  const y = top + ROW_PADDING / 2 + 8;
  sheet.lines(row.reference, { x: LEFT + CELL_PADDING, y }, REFERENCE);
  sheet.lines(row.description, { x: COLUMNS.description.start + CELL_PADDING, y }, TEXT);
  sheet.lines(row.quantity, { x: COLUMNS.quantity.end - CELL_PADDING, y }, { ...TEXT, align: 'right' });
  const figures: [string, number][] = [
    [amount(line.unitPriceCents), COLUMNS.unitPrice.end],
    [line.discountPercent === 0 ? '' : percentage(line.discountPercent), COLUMNS.discount.end],
    [percentage(line.vatPercent), COLUMNS.vat.end],
    [amount(row.cents), COLUMNS.total.end],
  ];
  for (const [figure, end] of figures) {
    sheet.text(figure, { x: end - CELL_PADDING, y }, { size: TEXT.size, align: 'right' });
  }
  sheet.box({ x: LEFT, y: top + row.height - 0.5, width: CONTENT_WIDTH, height: 0.5 }, LINE);
}

function drawCarry(sheet: Sheet, carry: { label: string; cents: number; y: number }): number {
  const baseline = carry.y + 12;
  const style = { size: 8, bold: true, colour: GREY, align: 'right' } as const;
  sheet.text(carry.label, { x: COLUMNS.discount.end - CELL_PADDING, y: baseline }, style);
  sheet.text(amount(carry.cents), { x: RIGHT - CELL_PADDING, y: baseline }, style);
  return carry.y + CARRY_HEIGHT;
}
