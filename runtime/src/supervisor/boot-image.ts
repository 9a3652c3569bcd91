import { buildPrelude } from '../prelude/build-prelude.ts';
import type { BootImage } from './cells/cell-process.ts';
import type { CodeCache } from './code/code-cache.ts';

/** The prelude as the cells of this node get it. Its code cache is made at the first start, before any cell. */
export async function makeBootImage(codeCache: CodeCache): Promise<BootImage> {
  const { source, parts } = await buildPrelude();
  const prelude = Buffer.from(source, 'utf8');
  const cache = await codeCache.readOrRehearse(prelude);
  return { prelude, parts: Buffer.from(JSON.stringify(parts), 'utf8'), cache: cache ?? Buffer.alloc(0) };
}
