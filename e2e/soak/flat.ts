import type { ReloadSample } from './reloads.ts';
import type { PartSample, Sample } from './sample.ts';

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
  return [
    ...(['gateway', 'node', 'cells'] as const).flatMap((part) => growthOf(part, first[part], last[part], bounds)),
    ...beyond('subscriptions', first.subscriptions, last.subscriptions, bounds.subscriptions),
  ];
}

/** A cell keeps versions of before for a while, so that the first hundreds of saves add to what it holds. */
const RELOAD_BOUNDS = { residentMb: 192, handles: 16 };
/** The compile process ends when it has no work, and a spare cell is made when one was taken. */
const PASSING_PROCESSES = 2;

/** The same of what was saved under `sovfn dev`. */
export function growthsOfReloads(samples: readonly ReloadSample[], bounds = RELOAD_BOUNDS): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return ['there are no samples'];
  return [
    ...(['command', 'platform'] as const).flatMap((part) => growthOf(part, first[part], last[part], bounds)),
    ...beyond('servers: handles', first.servers.handles, last.servers.handles, bounds.handles),
    ...beyond('processes', first.processes, last.processes, PASSING_PROCESSES),
  ];
}

function growthOf(
  part: string,
  first: PartSample,
  last: PartSample,
  bounds: Pick<Bounds, 'residentMb' | 'handles'>,
): string[] {
  return [
    ...beyond(`${part}: resident MiB`, first.residentMb, last.residentMb, bounds.residentMb),
    ...beyond(`${part}: handles`, first.handles, last.handles, bounds.handles),
  ];
}

function beyond(what: string, before: number, after: number, bound: number): string[] {
  return after > before + bound ? [`${what} grew from ${before} to ${after}; ${bound} more are allowed`] : [];
}
