import { PDFDocument, StandardFonts } from 'pdf-lib';
import type { Handler } from 'sovfn';

interface Letter {
  readonly to: string;
  readonly text: string;
}

const A4: [number, number] = [595, 842];
const MARGIN = 60;

export default {
  /** `POST` a letter as JSON, the answer is the PDF. */
  async fetch(request) {
    const letter: unknown = request.method === 'POST' ? await request.json().catch(() => null) : null;
    if (!isLetter(letter)) {
      return Response.json({ detail: 'POST {"to": "…", "text": "…"} as JSON' }, { status: 400 });
    }
    const headers = { 'content-type': 'application/pdf', 'content-disposition': 'inline; filename="letter.pdf"' };
    return new Response(await makePdf(letter), { headers });
  },
} satisfies Handler;

function isLetter(value: unknown): value is Letter {
  const { to, text } = (value ?? {}) as Partial<Letter>;
  return typeof to === 'string' && typeof text === 'string';
}

async function makePdf({ to, text }: Letter): Promise<Uint8Array<ArrayBuffer>> {
  const document = await PDFDocument.create();
  document.setTitle(`Letter to ${to}`);
  const font = await document.embedFont(StandardFonts.Helvetica);
  const page = document.addPage(A4);
  const [width, height] = A4;
  page.drawText(to, { x: MARGIN, y: height - MARGIN, size: 14, font });
  page.drawText(text, { x: MARGIN, y: height - 120, size: 11, font, lineHeight: 16, maxWidth: width - 2 * MARGIN });
  return new Uint8Array(await document.save());
}
