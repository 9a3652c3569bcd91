import { degrees, PDFDocument, rgb, StandardFonts } from 'pdf-lib';
import { checking, is } from '../src/claims.ts';

async function makeInvoice() {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.TimesRoman);
  const page = document.addPage([350, 400]);
  page.drawText('Facture n° 42', { x: 25, y: 300, size: 24, font, color: rgb(0, 0.53, 0.71), rotate: degrees(0) });
  document.setTitle('Facture');
  return document.save();
}

export const claims = {
  'makes a PDF': async () => is(String.fromCharCode(...(await makeInvoice()).slice(0, 8)), '%PDF-1.7'),
  'loads a PDF and changes it': async () => {
    const document = await PDFDocument.load(await makeInvoice());
    document.insertPage(0);
    return is([document.getPageCount(), document.getTitle()], [2, 'Facture']);
  },
  'fills a form': async () => {
    const document = await PDFDocument.create();
    const field = document.getForm().createTextField('name');
    field.setText('Ada');
    field.addToPage(document.addPage());
    const again = await PDFDocument.load(await document.save());
    return is(again.getForm().getTextField('name').getText(), 'Ada');
  },
};

const handler = checking(claims);
export { handler as default };
