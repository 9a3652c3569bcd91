/** What `docs/errors.md` and `docs/fr/errors.md` say of each code: the command line has no docs beside it when it is installed. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Language } from '../language.ts';

const FILES = {
  en: new URL('error-texts.json', import.meta.url),
  fr: new URL('error-texts-fr.json', import.meta.url),
} as const;
const textsSchema = z.record(z.string(), z.strictObject({ status: z.int(), text: z.string() }));
/** Up to the end of the first sentence. A point within a name, such as that of a file, has no space behind it. */
const FIRST_SENTENCE = /^(.*?)\.(?:\s+|$)/s;

export interface ErrorMeaning {
  /** Without the point at its end. */
  readonly what: string;
  /** What else there is to say, such as what to do; null: nothing. */
  readonly more: string | null;
}

export async function readErrorTexts(language: Language): Promise<z.output<typeof textsSchema>> {
  return textsSchema.parse(JSON.parse(await readFile(FILES[language], 'utf8')));
}

/** Null for a code that this version does not know. */
export async function readMeaning(code: string, language: Language): Promise<ErrorMeaning | null> {
  const text = (await readErrorTexts(language))[code]?.text;
  const [sentence, what] = FIRST_SENTENCE.exec(text ?? '') ?? [];
  if (text === undefined || sentence === undefined || what === undefined) return null;
  return { what, more: text.slice(sentence.length) || null };
}
