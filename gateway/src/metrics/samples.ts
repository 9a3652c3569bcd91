import type { FamilyName } from './families.ts';

export interface HistogramSample {
  /** Upper bounds, in the unit of the family. */
  readonly bounds: readonly number[];
  /** Not added up; one more than `bounds`. */
  readonly buckets: ArrayLike<number>;
  readonly sum: number;
}

/** Where samples go, in whatever format. `labels`: values in the order of the family's labels. */
export interface Samples {
  add(name: FamilyName, labels: readonly string[], value: number): void;
  addHistogram(name: FamilyName, labels: readonly string[], sample: HistogramSample): void;
}
