import { invoiceAmounts } from '../amounts.ts';
import type { Order } from '../order.ts';
import { startDocument } from './document.ts';
import { drawFooters } from './footer.ts';
import { drawHeader } from './header.ts';
import { drawLinesTable } from './lines-table.ts';
import { drawSettlement } from './settlement.ts';

/** The invoice of an order, as many A4 pages as its lines need. The same order makes the same bytes. */
export async function makeInvoicePdf(order: Order): Promise<Uint8Array<ArrayBuffer>> {
  const amounts = invoiceAmounts(order);
  const document = await startDocument(order);
  const headerEnd = drawHeader(document.addSheet(), order);
  const tableEnd = drawLinesTable(document, { order, amounts, y: headerEnd });
  drawSettlement(document, { order, amounts, y: tableEnd });
  drawFooters(document.sheets, order);
  return document.toBytes();
}
