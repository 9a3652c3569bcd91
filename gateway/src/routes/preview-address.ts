/**
 * `/fn/<function>@<version>-<code>/…` leads to one version of a function, whether it is current or not. The code can only
 * be made by gateways of the platform, so nobody finds a version by what is public of its id: not one that has not been
 * released, and not an old one whose fault has been mended since. Whoever was given an address can use it as long as the
 * version is kept. Hostile: every address that comes in.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { shortVersion } from '@sovfn/protocol';

export interface PreviewOf {
  readonly tenant: string;
  readonly name: string;
  /** The full version id. */
  readonly version: string;
}

const PURPOSE = 'sovfn preview address';
const KEY_BYTES = 32;
/** 80 bits: it can be tried over HTTP only. */
const CODE_BYTES = 10;
const SEGMENT = /^([a-z0-9:-]+)@([0-9a-f]{12})-([0-9a-f]{20})$/;

export class PreviewAddresses {
  readonly #key: Buffer;

  /** `secret`: one that all gateways of the platform have, and nobody else. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
  }

  /** What stands behind the function's name: `@<version>-<code>`. */
  suffix(of: PreviewOf): string {
    return `@${shortVersion(of.version)}-${this.#code(of).toString('hex')}`;
  }

  /** Was the code made for that version? */
  isFor(of: PreviewOf, code: string): boolean {
    return timingSafeEqual(this.#code(of), Buffer.from(code, 'hex'));
  }

  #code({ tenant, name, version }: PreviewOf): Buffer {
    return createHmac('sha256', this.#key).update(`${tenant}.${name}.${version}`).digest().subarray(0, CODE_BYTES);
  }
}

export interface PreviewSegment {
  /** The function, as it is written without a version. */
  readonly functionSegment: string;
  readonly shortVersion: string;
  readonly code: string;
}

/** The parts of what stands behind `/fn/`, or null when it is no preview address. */
export function parsePreviewSegment(segment: string): PreviewSegment | null {
  const match = SEGMENT.exec(segment);
  if (match === null) return null;
  const [, functionSegment, version, code] = match as unknown as [string, string, string, string];
  return { functionSegment, shortVersion: version, code };
}
