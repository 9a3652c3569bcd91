import {
  beginText,
  endText,
  fill,
  moveText,
  PDFName,
  rectangle,
  setFillingRgbColor,
  setFontAndSize,
  showText,
  type PDFDocument,
  type PDFFont,
  type PDFPage,
} from 'pdf-lib';
import { INK, PAGE, type Colour } from './style.ts';

export interface Fonts {
  readonly regular: PDFFont;
  readonly bold: PDFFont;
}

export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
  readonly colour?: Colour;
  /** Which end of the text `x` is. */
  readonly align?: 'left' | 'right';
}

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Box extends Place {
  readonly width: number;
  readonly height: number;
}

/**
 * One page, written from the top: `y` grows downwards, and is the baseline of a text or the upper edge of a box.
 * Writes PDF operators itself: `PDFPage.drawText` adds a font to the page's resources at every call.
 */
export class Sheet {
  readonly #page: PDFPage;
  readonly #fonts: Fonts;

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#page = document.addPage([PAGE.width, PAGE.height]);
    this.#fonts = fonts;
    this.#page.node.setFontDictionary(PDFName.of('Regular'), fonts.regular.ref);
    this.#page.node.setFontDictionary(PDFName.of('Bold'), fonts.bold.ref);
  }

  text(value: string, { x, y }: Place, style: TextStyle): void {
    const font = this.#font(style);
    const left = style.align === 'right' ? x - font.widthOfTextAtSize(value, style.size) : x;
    this.#page.pushOperators(
      setFillingRgbColor(...(style.colour ?? INK)),
      beginText(),
      setFontAndSize(style.bold === true ? 'Bold' : 'Regular', style.size),
      moveText(left, PAGE.height - y),
      showText(font.encodeText(value)),
      endText(),
    );
  }

  /** Writes lines one below the other and returns the baseline that would be next. */
  lines(values: readonly string[], { x, y }: Place, style: TextStyle & { readonly leading: number }): number {
    values.forEach((value, i) => this.text(value, { x, y: y + i * style.leading }, style));
    return y + values.length * style.leading;
  }

  box({ x, y, width, height }: Box, colour: Colour): void {
    this.#page.pushOperators(
      setFillingRgbColor(...colour),
      rectangle(x, PAGE.height - y - height, width, height),
      fill(),
    );
  }

  /** Breaks text into lines no wider than `width`, between words where there are any. */
  wrap(value: string, width: number, style: TextStyle): string[] {
    const font = this.#font(style);
    const fits = (text: string) => font.widthOfTextAtSize(text, style.size) <= width;
    const lines: string[] = [];
    let line = '';
    for (const word of value.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (fits(longer)) {
        line = longer;
        continue;
      }
      if (line !== '') lines.push(line);
      const pieces = splitWord(word, fits);
      line = pieces.pop() ?? '';
      lines.push(...pieces);
    }
    return line === '' ? lines : [...lines, line];
  }

  #font(style: TextStyle): PDFFont {
    return style.bold === true ? this.#fonts.bold : this.#fonts.regular;
  }
}

/** A word that is wider than a line is cut where the line ends. */
function splitWord(word: string, fits: (text: string) => boolean): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (fits(piece + character)) {
      piece += character;
      continue;
    }
    pieces.push(piece);
    piece = character;
  }
  return [...pieces, piece];
}
