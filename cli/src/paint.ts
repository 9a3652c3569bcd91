/** Colours, for terminals only and never with NO_COLOR (https://no-color.org). */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const ESCAPE = '\u001b[';

export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

export function makePaint(isTerminal: boolean, env: NodeJS.ProcessEnv): Paint {
  const isColourful = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const entries = Object.entries(CODES).map(([name, code]) => [
    name,
    (text: string) => (isColourful ? `${ESCAPE}${code}m${text}${ESCAPE}0m` : text),
  ]);
  return Object.fromEntries(entries) as Paint;
}
