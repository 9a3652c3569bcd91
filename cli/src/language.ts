/** The language of the command line: French when the locale says so, else English. Texts live in `messages/`. */
import type { en, MessageKey } from './messages/en.ts';

export type Language = 'en' | 'fr';
export type Messages = Readonly<Record<MessageKey, string>>;

/** Names in braces: `'{name} is deployed'` takes `{ name }`. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Values<Key extends MessageKey> = Readonly<Record<Placeholders<(typeof en)[Key]>, string | number>>;

/** A message that stands by itself: what a command's specification may name. */
export type PlainMessageKey = {
  [Key in MessageKey]: Placeholders<(typeof en)[Key]> extends never ? Key : never;
}[MessageKey];

/** The text of a message in the user's language. The compiler asks for exactly the values that the text names. */
export type Say = <Key extends MessageKey>(
  key: Key,
  ...values: keyof Values<Key> extends never ? [] : [Values<Key>]
) => string;

/** The first of LC_ALL, LC_MESSAGES and LANG that is set decides, as for every POSIX program. */
export function chooseLanguage(env: NodeJS.ProcessEnv): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^fr(?:[_.@-]|$)/i.test(locale) ? 'fr' : 'en';
}

/** Loads one language only: the other would cost every command its reading. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === 'fr' ? (await import('./messages/fr.ts')).fr : (await import('./messages/en.ts')).en;
}

export function makeSay(messages: Messages): Say {
  return (key, ...values) => {
    const filled: Readonly<Record<string, string | number>> = values[0] ?? {};
    return messages[key].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(filled[name]));
  };
}
