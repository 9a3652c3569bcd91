/**
 * The Prometheus text format, version 0.0.4. A library would keep a second copy of every counter, found by its labels at
 * each call; here the numbers are read where they are counted, when somebody asks.
 *
 * Guarantees: each family once, with HELP and TYPE in front of its samples, and no sample of a family that is not in the
 * table. Label values are escaped, whatever they hold.
 */
import { FAMILIES, type Family, type FamilyName } from './families.ts';
import type { HistogramSample, Samples } from './samples.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export class Exposition implements Samples {
  readonly #lines = new Map<FamilyName, string[]>();

  add(name: FamilyName, labels: readonly string[], value: number): void {
    this.#push(name, `${name}${labelText(FAMILIES[name].labels, labels)} ${valueText(value)}`);
  }

  addHistogram(name: FamilyName, labels: readonly string[], { bounds, buckets, sum }: HistogramSample): void {
    const plain = labelText(FAMILIES[name].labels, labels);
    const open = plain === '' ? '{' : `${plain.slice(0, -1)},`;
    let count = 0;
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      count += buckets[bucket]!;
      const le = bucket === bounds.length ? '+Inf' : String(bounds[bucket]);
      this.#push(name, `${name}_bucket${open}le="${le}"} ${count}`);
    }
    this.#push(name, `${name}_sum${plain} ${valueText(sum)}`);
    this.#push(name, `${name}_count${plain} ${count}`);
  }

  /** Family by family, in the order of the table; those without samples are left out. */
  *toText(): Generator<string> {
    for (const [name, family] of Object.entries(FAMILIES) as [FamilyName, Family][]) {
      const lines = this.#lines.get(name);
      if (lines === undefined) continue;
      const head = `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${family.type}\n`;
      yield `${head}${lines.join('\n')}\n`;
    }
  }

  #push(name: FamilyName, line: string): void {
    const lines = this.#lines.get(name);
    if (lines === undefined) this.#lines.set(name, [line]);
    else lines.push(line);
  }
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length !== values.length) throw new RangeError(`${values.length} values for the labels ${names.join()}`);
  if (names.length === 0) return '';
  let text = '';
  for (let i = 0; i < names.length; i++) text += `${i === 0 ? '{' : ','}${names[i]}="${escapeLabel(values[i]!)}"`;
  return `${text}}`;
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
/** Names of functions and of ours need none. */
const ESCAPED = /[\\\n"]/;
const escapeLabel = (text: string): string => {
  return ESCAPED.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
};
