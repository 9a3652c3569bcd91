import type { Readable } from 'node:stream';

/** Longest line that is kept; the rest of it is dropped. */
const LINE_CHARACTERS = 2_000;
/** Lines of one process that are passed on each second; a process of a tenant must not fill the node's log. */
const LINES_PER_SECOND = 20;

/** Passes on what a process writes, line by line and bounded. Hostile: the text. */
export function forwardLines(output: Readable, onLine: (text: string) => void): void {
  let line = '';
  let second = 0;
  let lines = 0;
  const pass = (text: string): void => {
    const now = Math.floor(performance.now() / 1_000);
    lines = now === second ? lines + 1 : 1;
    second = now;
    if (lines <= LINES_PER_SECOND) onLine(text);
  };
  output.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...rest] = text.split('\n');
    line = (line + first).slice(0, LINE_CHARACTERS);
    for (const next of rest) {
      pass(line);
      line = next.slice(0, LINE_CHARACTERS);
    }
  });
  output.on('end', () => {
    if (line !== '') pass(line);
  });
}
