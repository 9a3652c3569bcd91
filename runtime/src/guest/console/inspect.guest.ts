/** Lazy part: turns values into text for people, with limited depth and size. */
export { formatLog } from './format.guest.ts';
export { inspect } from './inspector.guest.ts';
export { formatTable } from './table.guest.ts';
