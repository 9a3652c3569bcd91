/**
 * How much of `limits.wasmMemoryMb` is taken: by memories, each with the most it may grow to, and by modules. What nothing
 * refers to any more is given back when room is needed.
 *
 * Holds against code that patches intrinsics: what it takes and gives back is decided by nothing that a function can change.
 */
import { reflectApply, uncurryThis } from '../core/primordials.guest.ts';

const PAGES_PER_MB = 16;
const IntrinsicWeakRef = WeakRef;
const deref = uncurryThis(WeakRef.prototype.deref) as (ref: WeakRef<object>) => object | undefined;
const { ceil, floor, max } = Math;

interface Holder {
  readonly ref: WeakRef<object>;
  readonly pages: number;
  next: Holder | null;
}

let limitMb = 0;
let left = 0;
let first: Holder | null = null;
let collect: () => void;

export function openBudget(wasmMemoryMb: number, collectGarbage: () => void): void {
  limitMb = wasmMemoryMb;
  collect = collectGarbage;
  left = wasmMemoryMb * PAGES_PER_MB;
}

/** The most pages that a memory may have, which are taken from now on. Throws RangeError when not even `initial` are left. */
export function takeMemory(initial: number, maximum: number, make: (most: number) => object): object {
  const least = max(initial, 1);
  requireLeft(least, 'memory');
  // One that names no bound leaves as much as it gets to those that come after it.
  const most = maximum <= left ? max(maximum, least) : max(least, floor(left / 2));
  return hold(most, () => make(most));
}

/** Takes pages for as long as what `make` returns is referred to. */
export function takePages(pages: number, what: string, make: () => object): object {
  requireLeft(pages, what);
  return hold(pages, make);
}

function requireLeft(pages: number, what: string): void {
  if (pages > left) giveBackUnused();
  if (pages <= left) return;
  const sizes = `${inMb(pages, ceil)} MiB of WebAssembly ${what} do not fit: ${inMb(left, floor)} of the ${limitMb} MiB`;
  throw new RangeError(`${sizes} of limits.wasmMemoryMb are left; raise it in sovfn.jsonc, or make fewer`);
}

function hold(pages: number, make: () => object): object {
  left -= pages;
  try {
    const made = make();
    first = { ref: new IntrinsicWeakRef(made), pages, next: first };
    return made;
  } catch (error) {
    left += pages;
    throw error;
  }
}

/** V8 keeps what was made in this very entry. */
function giveBackUnused(): void {
  reflectApply(collect, undefined, []);
  let kept: Holder | null = null;
  for (let holder = first; holder !== null;) {
    const { next } = holder;
    if (deref(holder.ref) === undefined) left += holder.pages;
    else {
      holder.next = kept;
      kept = holder;
    }
    holder = next;
  }
  first = kept;
}

function inMb(pages: number, rounded: (value: number) => number): number {
  return rounded((pages * 10) / PAGES_PER_MB) / 10;
}
