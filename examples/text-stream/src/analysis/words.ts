/** With the apostrophe that follows an elided word: `l’`, `qu’`. No look-ahead, which would make long words slow. */
const WORD = /aujourd['’]hui|\p{L}+(?:-\p{L}+)*['’]?/giu;

/** The words of a sentence in small letters; elided ones are not counted. */
export function splitWords(sentence: string): string[] {
  const words = Array.from(sentence.matchAll(WORD), ([word]) => word.toLocaleLowerCase('fr').replace('’', "'"));
  return words.filter((word) => !word.endsWith("'"));
}

/**
 * Syllables of a French word as it is read: groups of vowels, without the silent e at its end. Right for most words, which is
 * enough for an average.
 */
export function countSyllables(word: string): number {
  const plain = word
    .normalize('NFD')
    .replaceAll(/(?<=e)\u0301/g, 'x')
    .replaceAll(/\p{M}/gu, '');
  const read = plain.replace(/(?<=[^aeiouyœæ])es?$/, '');
  return Math.max(1, read.match(/[aeiouyœæ]+/g)?.length ?? 0);
}

/** Words that say nothing about what a text is about. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "ai ainsi alors après assez au aucun aucune aujourd'hui auquel aussi aussitôt autant autre autres aux avaient avait avant " +
    'avec avoir beaucoup bien car ce ceci cela celle celles celui cent ceux chaque chez ci combien comme comment contre dans ' +
    'de depuis dernier des dessous dessus deux devant devait dire dit doit donc dont du déjà elle elles en encore enfin entre ' +
    'es est et eu eut faire fait fois font fut hors il ils jamais je jour jusque la laquelle le lequel les lesquels leur leurs ' +
    'lors lui là ma mais me mes mieux mille moi moins mon même mêmes ne ni non nos notre nous on ont ou où par parce parfois ' +
    'parmi pas pendant peu peut peuvent plus plusieurs plutôt pour pourquoi pourtant presque puis quand quant quatre que quel ' +
    'quelle quelles quelque quelques quels qui quoi rien sa sans se sera ses seul seule si six soit son sont souvent sous sur ' +
    'ta tant tel telle tes toi ton toujours tous tout toute toutes trois trop très tu un une vers voici voilà vont vos votre ' +
    'vous y à ça été étaient était étant être cinq dix ensuite personne deviennent devient mis mise grâce jours temps lieu ' +
    'avons avez sommes êtes sept huit neuf onze douze quinze vingt trente quarante'
  ).split(' '),
);
