/** What Prometheus would see of a gateway, read by a parser that is not ours. */
import { setTimeout as delay } from 'node:timers/promises';
import parseExposition from 'parse-prometheus-text-format';
import { type ControlBench, TOKEN } from '../control/control-bench.ts';

const POLL_MS = 100;

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ScrapedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

export class Scrape {
  readonly families: readonly ScrapedFamily[];
  readonly samples: readonly Sample[];

  /** Throws when a line of the text is no sample. */
  constructor(text: string) {
    const described = parseExposition(text) ?? [];
    this.families = described.map(({ name, type, help }) => ({ name, type: type.toLowerCase(), help }));
    // Read once more without their types: the parser gives a histogram as one sample, whatever its labels.
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const plain = parseExposition(`${lines.join('\n')}\n`) ?? [];
    this.samples = plain.flatMap(({ name, metrics }) =>
      metrics.map(({ labels = {}, value }) => ({ name, labels, value: Number(value) })),
    );
    if (this.samples.length !== lines.length) {
      throw new Error(`${lines.length} lines, and ${this.samples.length} of them are samples`);
    }
  }

  /** The value of the one sample with these labels, among others; null when there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | null {
    const found = this.all(name, labels);
    if (found.length > 1) throw new Error(`${found.length} samples of ${name} have ${JSON.stringify(labels)}`);
    return found[0]?.value ?? null;
  }

  all(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    return this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  /** Everything about a function. */
  of(name: string): Sample[] {
    return this.samples.filter(({ labels }) => labels['function'] === name);
  }
}

/** Scrapes a gateway as Prometheus does, with its token. `url`: the control API of another gateway of the bench. */
export async function scrape(control: ControlBench, url = control.url): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return new Scrape(await response.text());
}

/** The first scrape that fits. */
export async function untilScrape(
  control: ControlBench,
  fits: (seen: Scrape) => boolean,
  url = control.url,
): Promise<Scrape> {
  for (;;) {
    const seen = await scrape(control, url);
    if (fits(seen)) return seen;
    await delay(POLL_MS);
  }
}
