import { DEPTH_HEADER, type HeaderBlock } from '@sovfn/protocol';

const DEPTH = new RegExp(`(?:^|\\n)${DEPTH_HEADER}\\n([0-9]{1,3})\\n`);

/** How many service calls a call is under; the platform alone sets the header, so a caller from outside has none. */
export function serviceDepth(headers: HeaderBlock): number {
  return Number(DEPTH.exec(headers)?.[1] ?? 0);
}
