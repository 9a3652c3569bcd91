import { readabilityOf, type Readability } from './readability.ts';
import { splitSentences } from './sentences.ts';
import { countSyllables, splitWords, STOP_WORDS } from './words.ts';

export interface Counts {
  readonly sentences: number;
  readonly words: number;
}

export interface TextResult extends Counts {
  readonly distinctWords: number;
  readonly wordsPerSentence: number;
  readonly readingSeconds: number;
  /** Null for a text without words. */
  readonly readability: Readability | null;
  readonly keywords: readonly { readonly word: string; readonly count: number }[];
  readonly longestSentence: { readonly words: number; readonly start: string };
}

const WORDS_PER_MINUTE = 200;
const KEYWORDS = 10;
const KEYWORD_LETTERS = 4;
const SENTENCE_START_CHARACTERS = 80;

/** Counts a text that comes in blocks of whole paragraphs. */
export class TextStatistics {
  readonly #frequencies = new Map<string, number>();
  #sentences = 0;
  #words = 0;
  #syllables = 0;
  #longest = { words: 0, start: '' };

  add(block: string): void {
    for (const sentence of splitSentences(block)) {
      const words = splitWords(sentence);
      this.#sentences += 1;
      this.#words += words.length;
      for (const word of words) {
        this.#syllables += countSyllables(word);
        this.#frequencies.set(word, (this.#frequencies.get(word) ?? 0) + 1);
      }
      if (words.length > this.#longest.words) {
        this.#longest = { words: words.length, start: sentence.slice(0, SENTENCE_START_CHARACTERS) };
      }
    }
  }

  counts(): Counts {
    return { sentences: this.#sentences, words: this.#words };
  }

  result(): TextResult {
    const wordsPerSentence = this.#words / Math.max(1, this.#sentences);
    const syllablesPerWord = this.#syllables / Math.max(1, this.#words);
    return {
      ...this.counts(),
      distinctWords: this.#frequencies.size,
      wordsPerSentence: Math.round(wordsPerSentence * 10) / 10,
      readingSeconds: Math.round((this.#words / WORDS_PER_MINUTE) * 60),
      readability: this.#words === 0 ? null : readabilityOf(wordsPerSentence, syllablesPerWord),
      keywords: this.#keywords(),
      longestSentence: this.#longest,
    };
  }

  /** What the text repeats most, most frequent first, then by alphabet. */
  #keywords(): { word: string; count: number }[] {
    return Array.from(this.#frequencies, ([word, count]) => ({ word, count }))
      .filter(({ word, count }) => count > 1 && word.length >= KEYWORD_LETTERS && !STOP_WORDS.has(word))
      .sort((a, b) => b.count - a.count || a.word.localeCompare(b.word, 'fr'))
      .slice(0, KEYWORDS);
  }
}
