/** Horizontal bars as an SVG text: the same bytes for the same figures, readable on light and dark pages. */

export interface BarChart {
  /** Of its file, and unlike all others. */
  readonly name: string;
  readonly title: string;
  /** Names of the bars that each group has, in their order; one name: no legend is drawn. */
  readonly series: readonly string[];
  readonly groups: readonly ChartGroup[];
}

export interface ChartGroup {
  readonly label: string;
  readonly bars: readonly ChartBar[];
  /** Ours: drawn in the first colour also where there is one series only. */
  readonly isOurs?: boolean;
}

export interface ChartBar {
  readonly value: number;
  /** The value with its unit, written beside the bar. */
  readonly text: string;
}

const WIDTH = 760;
const LABELS = 290;
const TEXT_AFTER = 90;
const BARS = WIDTH - LABELS - TEXT_AFTER;
const BAR = 16;
const GAP = 4;
const GROUP_GAP = 12;
const TITLE = 34;
const LEGEND = 24;

/** Both sets have a contrast of at least 3 to 1 with their pages. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .s0 { fill: #0a5fb4; } .s1 { fill: #b5520a; } .s2 { fill: #1a7f4b; } .other { fill: #6e7781; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .s0 { fill: #58a6ff; } .s1 { fill: #f0883e; } .s2 { fill: #3fb950; } .other { fill: #8b949e; }
  }
`;

export function drawBarChart({ title, series, groups }: BarChart): string {
  const hasLegend = series.length > 1;
  const greatest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)), Number.MIN_VALUE);
  let y = TITLE + (hasLegend ? LEGEND : 0);
  const drawn: string[] = [];
  for (const group of groups) {
    const height = group.bars.length * (BAR + GAP) - GAP;
    drawn.push(text(LABELS - 10, y + height / 2 + 4.5, group.label, 'text-anchor="end"'));
    group.bars.forEach(({ value, text: beside }, index) => {
      const top = y + index * (BAR + GAP);
      const width = Math.max(1, (value / greatest) * BARS);
      const style = hasLegend || group.isOurs === true ? `s${index}` : 'other';
      drawn.push(rectangle(LABELS, top, width, style), text(LABELS + width + 6, top + 12.5, beside));
    });
    y += height + GROUP_GAP;
  }
  const legend = hasLegend ? drawLegend(series) : [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    text(8, 20, title, 'class="title"'),
    ...legend,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawLegend(series: readonly string[]): string[] {
  const step = BARS / series.length + TEXT_AFTER / series.length;
  return series.flatMap((name, index) => {
    const x = LABELS + index * step;
    return [rectangle(x, TITLE, 12, `s${index}`, 12), text(x + 18, TITLE + 11, name)];
  });
}

function rectangle(x: number, y: number, width: number, style: string, height = BAR): string {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="2" class="${style}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
