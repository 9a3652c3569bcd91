/** Which version of a split function answers a call. Hostile: the request; whoever sends it may choose either version. */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Split, type StickyKey, VERSION_CHOICE_HEADER } from '@sovfn/protocol';
import type { DeployedFunction } from '../routes/deployed-functions.ts';

/** A split, worked out once when the function's record arrives. */
export interface VersionSplit {
  /** Gets its share of the callers. */
  readonly other: DeployedFunction;
  /** Between 0 and 1. */
  readonly share: number;
  readonly key: StickyKey;
  /** Both versions without a tally: what callers choose for themselves is not evidence. */
  readonly forChoice: readonly DeployedFunction[];
}

/** A choice that is too short to mean one version counts as none. */
const SHORTEST_CHOICE = 4;
const HASH_RANGE = 2 ** 32;

/** `current` without its split, as a split is made of it. */
export function makeSplit(split: Split, current: DeployedFunction, other: DeployedFunction): VersionSplit {
  const forChoice = [current, other].map((version) => ({ ...version, tally: null, split: null }));
  return { other, share: split.percent / 100, key: split.key, forChoice };
}

/**
 * The version for a request: the one that its header names, else by its key. The same key gets the same version as long as
 * the split's version and share stay; a larger share leaves those who have the version with it. Other versions are tried by
 * other callers.
 */
export function chooseVersion(
  current: DeployedFunction,
  split: VersionSplit,
  request: IncomingMessage,
): DeployedFunction {
  const choice = request.headers[VERSION_CHOICE_HEADER];
  if (typeof choice === 'string' && choice.length >= SHORTEST_CHOICE) {
    const chosen = split.forChoice.find(({ version }) => version.startsWith(choice));
    if (chosen !== undefined) return chosen;
  }
  const { other, share, key } = split;
  return positionOf(other.version, keyOf(request, key)) < share ? other : current;
}

/** Where a key stands between 0 and 1, for one version. */
export function positionOf(version: string, key: string): number {
  return hash('sha256', `${version}\n${key}`, 'buffer').readUInt32BE() / HASH_RANGE;
}

/** A request without the header or cookie is known by its sender's address. */
function keyOf(request: IncomingMessage, key: StickyKey): string {
  const address = request.socket.remoteAddress ?? '';
  switch (key.by) {
    case 'address':
      return address;
    case 'header':
      return headerText(request.headers[key.name]) ?? address;
    case 'cookie':
      return cookieOf(request.headers.cookie ?? '', key.name) ?? address;
  }
}

function headerText(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? value.join(',') : (value ?? null);
}

function cookieOf(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const [found, ...value] = pair.trim().split('=');
    if (found === name) return value.join('=');
  }
  return null;
}
