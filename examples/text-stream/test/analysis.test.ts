import { describe, expect, test } from 'vitest';
import { splitBlocks } from '../src/analysis/blocks.ts';
import { splitSentences } from '../src/analysis/sentences.ts';
import { countSyllables, splitWords } from '../src/analysis/words.ts';
import { resultOf } from './events.ts';

describe('sentences', () => {
  test('do not end at abbreviations', () => {
    expect(splitSentences('M. Noël et Mme Aÿ (cf. art. 4) sont venus. Le Dr. Müller, non !')).toEqual([
      'M. Noël et Mme Aÿ (cf. art. 4) sont venus.',
      'Le Dr. Müller, non !',
    ]);
  });

  test('do not end where a line is broken, but do where a paragraph ends', () => {
    expect(splitSentences('Un titre\n \nUne phrase\nsur deux lignes. Une autre.\r\n\r\nFin')).toEqual([
      'Un titre',
      'Une phrase sur deux lignes.',
      'Une autre.',
      'Fin',
    ]);
  });

  test('end with a paragraph even behind an abbreviation', () => {
    expect(splitSentences('Signé : M.\n\nNoël')).toEqual(['Signé : M.', 'Noël']);
  });

  test('hold a letter at least', () => {
    expect(splitSentences('* * *\n\nOui. 12.\n\n—')).toEqual(['Oui.']);
  });
});

describe('words', () => {
  test('leave elided ones out and keep compound ones whole', () => {
    expect(splitWords("Aujourd’hui, l’arc-en-ciel qu’elle a vu s’efface : c'est l’été.")).toEqual([
      "aujourd'hui",
      'arc-en-ciel',
      'elle',
      'a',
      'vu',
      'efface',
      'est',
      'été',
    ]);
  });

  test('in other scripts are words too', () => {
    expect(splitWords('Łódź, Αθήνα et 東京')).toEqual(['łódź', 'αθήνα', 'et', '東京']);
  });

  test.each([
    ['le', 1],
    ['livre', 1],
    ['livres', 1],
    ['été', 2],
    ['médiathèque', 4],
    ['œuvre', 1],
    ['bibliothèque', 4],
    ['bss', 1],
  ])('%s has %i syllables', (word, count) => {
    expect(countSyllables(word)).toBe(count);
  });

  test('of half a million letters before an apostrophe are read at once', () => {
    expect(splitWords(`${'é'.repeat(500_000)}’`)).toEqual([]);
  });
});

describe('blocks', () => {
  test.each([
    ['no text', ''],
    ['one paragraph', 'a'],
    ['blank lines', '\n\n\n'],
    ['three paragraphs', 'un\n\ndeux\n \ntrois'],
    ['thousands of paragraphs', 'x\n\n'.repeat(5_000)],
  ])('of %s lose nothing', (_what, text) => {
    expect(splitBlocks(text).join('')).toBe(text);
  });
});

describe('the result', () => {
  test('counts words, keywords and the longest sentence', async () => {
    const text = 'Le canal gèle. Le canal fond, et la péniche repart avec le printemps.\n\nUne péniche attend.';
    expect(await resultOf(text)).toMatchObject({
      sentences: 3,
      words: 16,
      distinctWords: 12,
      wordsPerSentence: 5.3,
      keywords: [
        { word: 'canal', count: 2 },
        { word: 'péniche', count: 2 },
      ],
      longestSentence: { words: 10, start: 'Le canal fond, et la péniche repart avec le printemps.' },
    });
  });

  test('is the same for composed and separate accents', async () => {
    const text = 'L’été, la péniche dérive. La péniche répond.';
    expect(await resultOf(text.normalize('NFD'))).toEqual(await resultOf(text));
  });

  test('calls short sentences of short words easier than long ones of long words', async () => {
    const easy = await resultOf('Le chat dort. Il a bu. Le lait est bon.');
    const hard = await resultOf(
      'L’interopérabilité organisationnelle conditionne inévitablement la rationalisation administrative territoriale.',
    );
    expect(easy).toMatchObject({ readability: { level: 'très facile' } });
    expect(hard).toMatchObject({ readability: { level: 'très difficile' } });
  });

  test('of a text without a letter has no readability', async () => {
    expect(await resultOf('12 – 34')).toMatchObject({ sentences: 0, words: 0, wordsPerSentence: 0, readability: null });
  });
});
