import type { EventRun } from './event-run.ts';

/** The events that a gateway runs now, by id. */
export class RunningEvents {
  readonly #runs = new Map<string, Set<EventRun>>();

  add(run: EventRun): void {
    const runs = this.#runs.get(run.head.id);
    if (runs === undefined) this.#runs.set(run.head.id, new Set([run]));
    else runs.add(run);
  }

  remove(run: EventRun): void {
    const runs = this.#runs.get(run.head.id);
    if (runs === undefined) return;
    runs.delete(run);
    if (runs.size === 0) this.#runs.delete(run.head.id);
  }

  /** Cancels the runs of an event. False: there are none here. */
  cancel(of: { readonly tenant: string; readonly function: string; readonly event: string }): boolean {
    const runs = [...(this.#runs.get(of.event) ?? [])].filter(
      ({ head }) => head.tenant === of.tenant && head.function === of.function,
    );
    for (const run of runs) run.stop('cancelled');
    return runs.length > 0;
  }

  /** Events that only wait go back to the bus at once, the others when their call has ended. */
  leaveAll(): void {
    for (const runs of this.#runs.values()) for (const run of runs) run.leave();
  }

  stopAll(): void {
    for (const runs of this.#runs.values()) for (const run of runs) run.stop('stopping');
  }
}
