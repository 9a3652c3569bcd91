import type { Sample } from './sample.ts';

export interface Bounds {
  /** MiB that a part may hold more at the end than at the first sample. */
  readonly residentMb: number;
  readonly handles: number;
  readonly subscriptions: number;
}

/** What has grown beyond its bound, in words; empty when everything is flat. */
export function growths(samples: readonly Sample[], bounds: Bounds): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return ['there are no samples'];
  const found: string[] = [];
  const check = (what: string, before: number, after: number, bound: number): void => {
    if (after > before + bound) found.push(`${what} grew from ${before} to ${after}; ${bound} more are allowed`);
  };
  for (const part of ['gateway', 'node', 'cells'] as const) {
    check(`${part}: resident MiB`, first[part].residentMb, last[part].residentMb, bounds.residentMb);
    check(`${part}: handles`, first[part].handles, last[part].handles, bounds.handles);
  }
  check('subscriptions', first.subscriptions, last.subscriptions, bounds.subscriptions);
  return found;
}
