import type { CellGroups } from './cells/cell-groups.ts';
import type { SupervisorEvents } from './events.ts';
import type { PlacementListener } from './placement/placement-listener.ts';

export interface DrainingOptions {
  readonly groups: CellGroups;
  readonly listener: PlacementListener;
  readonly events: SupervisorEvents;
}

/** Wait for calls in flight: longer than any call may take. Milliseconds. */
const MOST_MS = 16 * 60_000;

/** What a node does that is told to drain: no further calls, and the cells end with their last one. It stays connected. */
export class Draining {
  readonly #options: DrainingOptions;
  #isDraining = false;

  constructor(options: DrainingOptions) {
    this.#options = options;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** `tell`: announces the node as it is then, at the beginning and at the end. */
  begin(tell: () => Promise<void>): void {
    if (this.#isDraining) return void tell();
    this.#isDraining = true;
    this.#options.events.draining();
    void this.#drain(tell);
  }

  async #drain(tell: () => Promise<void>): Promise<void> {
    const { listener, groups, events } = this.#options;
    await listener.end();
    await tell();
    events.drained(await groups.close(MOST_MS));
    await tell();
  }
}
