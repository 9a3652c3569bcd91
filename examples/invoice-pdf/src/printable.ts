/**
 * What the standard fonts of PDF can print: the characters of Windows-1252 (Western European languages). They need no font
 * file, which keeps the function small; a name outside of them is refused, never altered.
 */
const NOT_PRINTABLE = /[^\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;

/** Composes accents, and replaces spaces and hyphens that the fonts lack by the ones they have. */
export function withPrintableForms(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\u2000-\u200a\u202f\u205f]/g, '\u00a0')
    .replaceAll(/[\u2010\u2011]/g, '-');
}

/** The first character that cannot be printed, or null. */
export function unprintableCharacter(text: string): string | null {
  return NOT_PRINTABLE.exec(text)?.[0] ?? null;
}
