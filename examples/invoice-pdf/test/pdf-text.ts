import { decodePDFRawStream, PDFArray, PDFDocument, PDFRawStream, type PDFPage } from 'pdf-lib';

/** The texts that a PDF of this function shows, page by page in the order of drawing. */
export async function readPdfTexts(bytes: Uint8Array): Promise<string[][]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  return document.getPages().map(pageTexts);
}

function pageTexts(page: PDFPage): string[] {
  const contents = page.node.Contents();
  const streams = contents instanceof PDFArray ? contents.asArray().map((ref) => page.doc.context.lookup(ref)) : [];
  const operators = streams.filter((stream) => stream instanceof PDFRawStream).map(readStream);
  return Array.from(operators.join('\n').matchAll(/<([0-9A-F]*)> Tj/g), ([, hex]) => decodeHex(hex ?? ''));
}

function readStream(stream: PDFRawStream): string {
  return Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1');
}

function decodeHex(hex: string): string {
  return new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex')).replaceAll('\u00a0', ' ');
}
