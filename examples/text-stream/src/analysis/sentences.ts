const segmenter = new Intl.Segmenter('fr', { granularity: 'sentence' });

/** A segment that ends so is no sentence: `M. Noël`, `Dr Aÿ`, `p. 12`, `art. 4`. */
const ENDS_WITH_ABBREVIATION = /(?:^|[\s(«])(?:MM?|Mmes?|Mlles?|Drs?|Prof|St|Ste|cf|art|p|n°|env|vol|chap)\. *$/;

const PARAGRAPH_SEPARATOR = '\u2029';

/** The sentences of a text, trimmed. A heading without a full stop is a sentence of its own. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let sentence = '';
  for (const { segment } of segmenter.segment(withoutLineBreaks(text))) {
    sentence += segment;
    if (ENDS_WITH_ABBREVIATION.test(segment)) continue;
    sentences.push(sentence.trim());
    sentence = '';
  }
  return [...sentences, sentence.trim()].filter((candidate) => /\p{L}/u.test(candidate));
}

/** Lines of a paragraph may be broken anywhere, and the segmenter would end a sentence there; paragraphs do end one. */
function withoutLineBreaks(text: string): string {
  return text.replaceAll(/\s+/g, (space) => (/\n[^\n]*\n/.test(space) ? PARAGRAPH_SEPARATOR : ' '));
}
