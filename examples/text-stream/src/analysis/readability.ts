export interface Readability {
  /** 0 (hard) to 100 (easy). */
  readonly score: number;
  readonly level: string;
}

/** Lowest score of each level. */
const LEVELS: readonly (readonly [number, string])[] = [
  [90, 'très facile'],
  [80, 'facile'],
  [70, 'assez facile'],
  [60, 'moyen'],
  [50, 'assez difficile'],
  [30, 'difficile'],
];

/** Flesch's reading ease with the weights of Kandel and Moles (1958) for French. */
export function readabilityOf(wordsPerSentence: number, syllablesPerWord: number): Readability {
  const raw = Math.round(207 - 1.015 * wordsPerSentence - 73.6 * syllablesPerWord);
  const score = Math.min(100, Math.max(0, raw));
  const [, level] = LEVELS.find(([least]) => score >= least) ?? [0, 'très difficile'];
  return { score, level };
}
