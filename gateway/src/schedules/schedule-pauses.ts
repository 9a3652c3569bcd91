/** Which schedules are paused: they stay so over deploys and restarts, until somebody resumes them or deletes the function. */
import type { NatsConnection } from '@nats-io/transport-node';
import { WatchedBucket } from '@sovfn/bus';
import {
  PROTOCOL_VERSION,
  SCHEDULE_PAUSES_BUCKET,
  type SchedulePause,
  schedulePauseKey,
  schedulePauseSchema,
  SovfnError,
} from '@sovfn/protocol';

/** A pause does not depend on the zone: a function that moves takes it along. */
export interface ScheduleName {
  readonly tenant: string;
  readonly function: string;
  readonly schedule: string;
}

export class SchedulePauses {
  readonly #bucket: WatchedBucket<SchedulePause>;

  static async open(
    connection: NatsConnection,
    onInvalid: (key: string, reason: string) => void,
  ): Promise<SchedulePauses> {
    const bucket = SCHEDULE_PAUSES_BUCKET;
    return new SchedulePauses(await WatchedBucket.open({ connection, bucket, schema: schedulePauseSchema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<SchedulePause>) {
    this.#bucket = bucket;
  }

  /** Null: it is not paused. */
  pausedAt(of: ScheduleName): string | null {
    return this.#bucket.get(keyOf(of))?.pausedAt ?? null;
  }

  /**
   * Resolves when this gateway has seen it; other gateways follow within their watch's delay. Returns since when it is
   * paused. Throws `bus-unavailable`.
   */
  async pause(of: ScheduleName): Promise<string> {
    const known = this.pausedAt(of);
    if (known !== null) return known;
    const pausedAt = new Date().toISOString();
    await this.#change(of, (key) => this.#bucket.kv.put(key, JSON.stringify({ v: PROTOCOL_VERSION, pausedAt })));
    return pausedAt;
  }

  /** As `pause`. */
  async resume(of: ScheduleName): Promise<void> {
    if (this.pausedAt(of) !== null) await this.#change(of, (key) => this.#bucket.kv.delete(key));
  }

  /** The function is deleted: another one of its name begins without pauses. Throws `bus-unavailable`. */
  async forget(of: Omit<ScheduleName, 'schedule'>): Promise<void> {
    const prefix = schedulePauseKey(of.tenant, of.function, '');
    for (const key of [...this.#bucket.entries()].map(([name]) => name)) {
      if (key.startsWith(prefix)) await reachable(this.#bucket.kv.delete(key));
    }
  }

  close(): void {
    this.#bucket.close();
  }

  async #change(of: ScheduleName, change: (key: string) => Promise<unknown>): Promise<void> {
    const key = keyOf(of);
    const before = this.#bucket.revision(key);
    await reachable(change(key));
    await this.#bucket.untilSeen(key, before + 1);
  }
}

const keyOf = (of: ScheduleName): string => schedulePauseKey(of.tenant, of.function, of.schedule);

async function reachable(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (cause) {
    throw new SovfnError('bus-unavailable', 'the pauses of schedules cannot be changed now', {
      cause,
      hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
    });
  }
}
