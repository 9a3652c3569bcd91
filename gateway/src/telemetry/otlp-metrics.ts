import { FAMILIES, type Family, type FamilyName } from '../metrics/families.ts';
import type { HistogramSample, Samples } from '../metrics/samples.ts';
import { attributes, nanoseconds } from './otlp.ts';

/** Since the start of what is counted. */
const CUMULATIVE = 2;

export interface MetricTimes {
  /** Unix time from which counters count. Milliseconds. */
  readonly since: number;
  readonly now: number;
}

/** The same numbers that Prometheus gets, as metrics of OTLP under the same names. */
export class OtlpMetrics implements Samples {
  readonly #points = new Map<FamilyName, object[]>();
  readonly #times: { readonly startTimeUnixNano: string; readonly timeUnixNano: string };

  constructor({ since, now }: MetricTimes) {
    this.#times = { startTimeUnixNano: nanoseconds(since), timeUnixNano: nanoseconds(now) };
  }

  add(name: FamilyName, labels: readonly string[], value: number): void {
    // JSON has no other numbers.
    if (Number.isFinite(value)) this.#push(name, { ...this.#of(name, labels), asDouble: value });
  }

  addHistogram(name: FamilyName, labels: readonly string[], { bounds, buckets, sum }: HistogramSample): void {
    const counts = Array.from(buckets);
    const count = counts.reduce((total, each) => total + each, 0);
    this.#push(name, {
      ...this.#of(name, labels),
      count: String(count),
      sum,
      bucketCounts: counts.map(String),
      explicitBounds: bounds,
    });
  }

  toMetrics(): object[] {
    return [...this.#points].map(([name, dataPoints]) => {
      const { help: description, type }: Family = FAMILIES[name];
      if (type === 'gauge') return { name, description, gauge: { dataPoints } };
      if (type === 'histogram')
        return { name, description, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
      return { name, description, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
    });
  }

  #of(name: FamilyName, labels: readonly string[]): object {
    const facts: Record<string, string> = {};
    for (const [position, label] of FAMILIES[name].labels.entries()) facts[label] = labels[position]!;
    return { ...this.#times, ...(labels.length > 0 && { attributes: attributes(facts) }) };
  }

  #push(name: FamilyName, point: object): void {
    const points = this.#points.get(name);
    if (points === undefined) this.#points.set(name, [point]);
    else points.push(point);
  }
}
