/** What is done to many events is done a page at a time, until there are no more. */
import type { CommandContext } from '../context.ts';

/** Asks for each page; `before` is where the page before stopped. */
export async function* pagesOf<P extends { readonly next: string | null }>(
  ask: (before: string | null) => Promise<P>,
): AsyncGenerator<P> {
  let before: string | null = null;
  do {
    const page: P = await ask(before);
    yield page;
    before = page.next;
  } while (before !== null);
}

export interface RanAgain {
  readonly replayed: readonly { readonly event: string; readonly replay: string }[];
  readonly skipped: readonly { readonly event: string; readonly code: string; readonly reason: string }[];
}

/** One line for each event that runs again as it is accepted; what was skipped on stderr. */
export function showPage({ replayed, skipped }: RanAgain, { output, json }: CommandContext): void {
  if (!json) for (const { event, replay } of replayed) output.result(`${event}  →  ${replay}`);
  for (const { reason } of skipped) output.progress(output.paintProgress.yellow(reason));
}

/** All pages as one document. */
export function joinPages(pages: readonly RanAgain[]): RanAgain {
  return {
    replayed: pages.flatMap((page) => page.replayed),
    skipped: pages.flatMap((page) => page.skipped),
  };
}
