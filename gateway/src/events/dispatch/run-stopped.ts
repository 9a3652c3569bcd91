/** What a run is aborted with. */
export class RunStopped extends Error {
  override name = 'RunStopped';
  /** `cancelled`: the event ends so. `stopping`: this gateway ends. `paused`: the function's events are not to begin. */
  readonly reason: 'cancelled' | 'stopping' | 'paused';

  constructor(reason: RunStopped['reason']) {
    super(`the run of the event was stopped: ${reason}`);
    this.reason = reason;
  }
}
