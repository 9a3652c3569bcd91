import type { FunctionRegistry } from '@sovfn/bus';
import type { FunctionRecord } from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import type { DispatchRecords } from '../dispatch/dispatch-records.ts';
import { logQueuesUnnoted } from '../dispatch/events.ts';

export interface QueueWatchOptions {
  readonly registry: FunctionRegistry;
  readonly dispatch: DispatchRecords;
  readonly zones: readonly string[];
  readonly log: Log;
}

const REPEAT_MS = 1_000;

/**
 * Notes which functions have queues: nodes send messages and tell no gateway. A note stays when a later version has no
 * queue, because messages of the former may still wait; it goes with the function (DispatchSweep).
 */
export class QueueWatch {
  readonly #options: QueueWatchOptions;
  readonly #stopWatching: (() => void)[];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: QueueWatchOptions) {
    this.#options = options;
    this.#stopWatching = [
      options.registry.onChange((_key, record) => record !== null && this.#note(record)),
      // It was removed for a function that was gone, and may be there again.
      options.dispatch.onChange(({ tenant, function: name }, record) => {
        const found = record === null ? options.registry.get(tenant, name) : null;
        if (found !== null) this.#note(found);
      }),
    ];
    this.#noteAll();
  }

  close(): void {
    for (const stop of this.#stopWatching) stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #noteAll(): void {
    for (const record of this.#options.registry.all()) this.#note(record);
  }

  #note({ tenant, name, manifest: { config } }: FunctionRecord): void {
    const { dispatch, zones, log } = this.#options;
    const zone = config.residency;
    const hasQueue = Object.values(config.bindings).some(({ type }) => type === 'queue');
    if (!hasQueue || !zones.includes(zone)) return;
    dispatch.ensureQueue({ zone, tenant, function: name }).catch((error: unknown) => {
      logQueuesUnnoted(log, { zone, tenant, function: name }, error);
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#noteAll();
      }, REPEAT_MS);
    });
  }
}
