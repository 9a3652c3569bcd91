import { PDFDocument, StandardFonts } from 'pdf-lib';
import type { Order } from '../order.ts';
import { Sheet, type Fonts } from './sheet.ts';

const SOFTWARE = 'sovfn example invoice-pdf';

/** An invoice in the making: sheets are added at the end. */
export class InvoiceDocument {
  readonly sheets: Sheet[] = [];
  readonly #document: PDFDocument;
  readonly #fonts: Fonts;

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document;
    this.#fonts = fonts;
  }

  addSheet(): Sheet {
    const sheet = new Sheet(this.#document, this.#fonts);
    this.sheets.push(sheet);
    return sheet;
  }

  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    // Without pauses: the library would wait for a timer after every 50 objects.
    const bytes = await this.#document.save({ objectsPerTick: Infinity });
    return bytes as Uint8Array<ArrayBuffer>;
  }
}

/** Its dates are the order's and nothing in it is random, so equal orders make equal bytes. */
export async function startDocument(order: Order): Promise<InvoiceDocument> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const issuedAt = new Date(`${order.issuedOn}T00:00:00Z`);
  document.setTitle(`Facture ${order.number}`, { showInWindowTitleBar: true });
  document.setSubject(`Facture de ${order.seller.name} à ${order.buyer.name}`);
  document.setAuthor(order.seller.name);
  document.setLanguage('fr-FR');
  document.setCreator(SOFTWARE);
  document.setProducer(SOFTWARE);
  document.setCreationDate(issuedAt);
  document.setModificationDate(issuedAt);
  return new InvoiceDocument(document, {
    regular: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
  });
}
