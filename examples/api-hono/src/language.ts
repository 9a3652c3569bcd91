import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const LANGUAGE_COOKIE = 'language';

/** The language of an answer: the caller's cookie, else the first known one of Accept-Language, else French. */
export function languageOf(c: Context): Language {
  const chosen = getCookie(c, LANGUAGE_COOKIE);
  if (isLanguage(chosen)) return chosen;
  const accepted = c.req.header('accept-language')?.split(',') ?? [];
  return accepted.map((range) => range.trim().slice(0, 2).toLowerCase()).find(isLanguage) ?? 'fr';
}

function isLanguage(value: string | undefined): value is Language {
  return LANGUAGES.some((language) => language === value);
}
