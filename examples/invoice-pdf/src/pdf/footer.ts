import { sellerIdentity } from '../mentions.ts';
import type { Order } from '../order.ts';
import type { Sheet } from './sheet.ts';
import { CONTENT_WIDTH, GREY, LEFT, LINE, PAGE, RIGHT } from './style.ts';

const STYLE = { size: 7, leading: 9, colour: GREY } as const;
const TOP = PAGE.height - 52;
const PAGE_NUMBER_WIDTH = 60;

/** Drawn last, when the number of pages is known. */
export function drawFooters(sheets: readonly Sheet[], order: Order): void {
  sheets.forEach((sheet, i) => {
    sheet.box({ x: LEFT, y: TOP, width: CONTENT_WIDTH, height: 0.5 }, LINE);
    const identity = sheet.wrap(sellerIdentity(order.seller), CONTENT_WIDTH - PAGE_NUMBER_WIDTH, STYLE);
    sheet.lines(identity, { x: LEFT, y: TOP + 12 }, STYLE);
    sheet.text(`Page ${i + 1} / ${sheets.length}`, { x: RIGHT, y: TOP + 12 }, { ...STYLE, align: 'right' });
  });
}
