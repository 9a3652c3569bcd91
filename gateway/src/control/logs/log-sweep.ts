/**
 * Removes from the log streams what functions want kept for a shorter time than the bus keeps it, and from the archive what
 * has had its time. Every gateway sweeps the zones that it serves; two that sweep at once do no harm. Nobody is shown older
 * entries meanwhile.
 */
import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import { LOG_DAYS, logStream, logSubject } from '@sovfn/protocol';
import type { LogArchive } from './log-archive.ts';

export interface LogSweepOptions {
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  readonly zones: readonly string[];
  /** Null: there is none. */
  readonly archive: LogArchive | null;
  readonly onFailed: (error: unknown) => void;
}

const SWEEP_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The server forgets a consumer that was left behind. Milliseconds. */
const UNUSED_MS = 10_000;

export class LogSweep {
  readonly #timer: NodeJS.Timeout;

  private constructor(options: LogSweepOptions) {
    this.#timer = setInterval(() => void sweepLogs(options).catch(options.onFailed), SWEEP_MS).unref();
  }

  static start(options: LogSweepOptions): LogSweep {
    return new LogSweep(options);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** One sweep. Throws what the client library throws. */
export async function sweepLogs(
  { connection, registry, zones, archive }: Omit<LogSweepOptions, 'onFailed'>,
  now = Date.now(),
): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const { tenant, name, manifest } of registry.all()) {
    const days = manifest.config.logs?.days;
    if (days === undefined || days > LOG_DAYS) continue;
    const before = new Date(now - days * DAY_MS);
    for (const zone of zones) {
      const filter = logSubject({ zone, tenant, function: name });
      await removeBefore(manager, logStream(zone), filter, before);
    }
  }
  await archive?.sweep(registry, now);
}

async function removeBefore(manager: JetStreamManager, stream: string, filter: string, time: Date): Promise<void> {
  const { name, delivered } = await manager.consumers.add(stream, {
    filter_subject: filter,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: time.toISOString(),
    inactive_threshold: nanos(UNUSED_MS),
  });
  await manager.consumers.delete(stream, name);
  // A consumer that has delivered nothing stands before the first message of its time.
  await manager.streams.purge(stream, { filter, seq: delivered.stream_seq + 1 });
}
