import { type CallTree, totalOf } from './call-tree.ts';

export interface FlameGraphOptions {
  readonly title: string;
  /** Says a value with its unit. */
  readonly show: (value: number) => string;
}

const WIDTH = 1_600;
const ROW = 18;
const MARGIN = 30;
/** Narrower ones are left out; their parent's bar shows that they are there. */
const LEAST_WIDTH = 0.5;
const CHARACTER = 6.2;
const COLOURS = ['#4c78a8', '#72b7b2', '#54a24b', '#eeca3b', '#f58518', '#b279a2', '#9d755d'];

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
}

/** An SVG in which a bar's width is what a function and all that it calls use; what is called stands above its caller. */
export function flameGraph(tree: CallTree, { title, show }: FlameGraphOptions): string {
  const total = totalOf(tree);
  const bars: Bar[] = [];
  const place = (node: CallTree, depth: number, x: number): number => {
    const value = totalOf(node);
    const width = (value / total) * WIDTH;
    if (width < LEAST_WIDTH) return width;
    bars.push({ name: node.name, value, depth, x, width });
    let at = x;
    for (const child of node.children) at += place(child, depth + 1, at);
    return width;
  };
  place(tree, 0, 0);
  const height = MARGIN + (Math.max(...bars.map(({ depth }) => depth)) + 1) * ROW;
  const drawn = bars.map((bar) => drawBar(bar, { total, height, show }));
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="10">`;
  return `${head}\n<text x="4" y="18" font-size="14">${escape(title)}</text>\n${drawn.join('\n')}\n</svg>\n`;
}

function drawBar(
  { name, value, depth, x, width }: Bar,
  { total, height, show }: { total: number; height: number; show: (value: number) => string },
): string {
  const y = height - (depth + 1) * ROW;
  const [left, wide] = [x.toFixed(1), Math.max(width - 0.5, 0.1).toFixed(1)];
  const percent = ((100 * value) / total).toFixed(1);
  const text = name.slice(0, Math.max(0, Math.floor(width / CHARACTER) - 1));
  const label = text.length < 3 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escape(text)}</text>`;
  const box = `<rect x="${left}" y="${y}" width="${wide}" height="${ROW - 1}" fill="${colourOf(name)}"/>`;
  return `<g><title>${escape(`${name}: ${show(value)}, ${percent} %`)}</title>${box}${label}</g>`;
}

/** The same function has the same colour in every graph. */
function colourOf(name: string): string {
  const sum = [...name].reduce((hash, character) => (hash * 31 + character.codePointAt(0)!) % 65_521, 7);
  return COLOURS[sum % COLOURS.length]!;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
