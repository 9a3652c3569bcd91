/** The thread of BatchRoots: each batch is answered by its root, in order. */
import { parentPort } from 'node:worker_threads';
import { rootOfCalls } from '@sovfn/protocol/batch-root';
import type { BatchToHash } from './batch-roots.ts';

parentPort!.on('message', ({ digests, calls }: BatchToHash) => {
  parentPort!.postMessage(rootOfCalls(digests, calls));
});
