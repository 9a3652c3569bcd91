import type { ServerEvent } from '../event-stream.ts';
import { splitBlocks } from './blocks.ts';
import { TextStatistics } from './text-statistics.ts';

/** Works through a text block by block: a `progress` event for each, and the `result`. */
export async function* analyseText(
  text: string,
  options: { readonly pauseMs: number },
): AsyncGenerator<ServerEvent, void> {
  const statistics = new TextStatistics();
  const composed = text.normalize('NFC');
  let read = 0;
  for (const block of splitBlocks(composed)) {
    statistics.add(block);
    read += block.length;
    yield { event: 'progress', data: { percent: Math.floor((100 * read) / composed.length), ...statistics.counts() } };
    // Even a pause of 0 lets the other calls of this isolate have their turn.
    await pause(options.pauseMs);
  }
  yield { event: 'result', data: statistics.result() };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
