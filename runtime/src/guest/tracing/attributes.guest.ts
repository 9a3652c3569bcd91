import { SPAN_ATTRIBUTES, SPAN_NAME_LENGTH, SPAN_TEXT_LENGTH } from '@sovfn/protocol/guest-spans';

type Plain = string | number | boolean;

/** Attributes within the limits. In JSON, a list of pairs: keys are a function's, and may be anything. */
export class KeptAttributes {
  readonly #values = new Map<string, Plain | Plain[]>();
  #dropped = 0;

  static of(attributes: object): KeptAttributes {
    const kept = new KeptAttributes();
    for (const [key, value] of Object.entries(attributes)) kept.set(key, value);
    return kept;
  }

  /** How many there was no room for. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What is no attribute of OpenTelemetry is left out. */
  set(key: string, value: unknown): void {
    const name = cutName(key);
    const kept = Array.isArray(value)
      ? value.slice(0, SPAN_ATTRIBUTES).flatMap((each) => plain(each) ?? [])
      : plain(value);
    if (name === '' || kept === null) return;
    if (this.#values.size < SPAN_ATTRIBUTES || this.#values.has(name)) this.#values.set(name, kept);
    else this.#dropped++;
  }

  toJSON(): unknown {
    return [...this.#values];
  }
}

export function cutName(name: unknown): string {
  return String(name).slice(0, SPAN_NAME_LENGTH);
}

export function cutText(text: unknown): string {
  return String(text).slice(0, SPAN_TEXT_LENGTH);
}

function plain(value: unknown): Plain | null {
  if (typeof value === 'string') return cutText(value);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'number') return null;
  // JSON has no others.
  return Number.isFinite(value) ? value : String(value);
}
