import type { LoadGenerator } from './load/load-generator.ts';
import type { Settings } from './settings.ts';

/** What every measurement gets. */
export interface Bench {
  readonly settings: Settings;
  readonly load: LoadGenerator;
  /** Aborts when the user ends the benchmark: a measurement then stops what it has started and throws the reason. */
  readonly signal: AbortSignal;
  /** Shows a line of progress on stderr. */
  readonly say: (text: string) => void;
}
