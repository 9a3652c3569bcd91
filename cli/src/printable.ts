/** Control characters could move the cursor, rename the window or forge lines: they are shown, not sent. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text of a function or a peer, made safe for a terminal. Tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
