/** What functions have logged, when the log streams let go of it: for as long as each function wants it kept. */
import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import { functionOfLogSubject, LOG_DAYS, logStream, zoneLogsSubject } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { ArchivedStream } from '../../archive/archive-runner.ts';
import { StreamArchive } from '../../archive/stream-archive.ts';
import type { FunctionName } from '../../outputs/output-address.ts';

export interface LogArchiveOptions {
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly positions: string;
  readonly zones: readonly string[];
}

/** So a function that logs now and then does not make an object of each batch. Milliseconds. */
const AFTER_MS = 900_000;
const DAY_MS = 86_400_000;
const MOST_NAMES = 100_000;

export class LogArchive {
  readonly streams: readonly ArchivedStream[];
  readonly #options: LogArchiveOptions;

  constructor(options: LogArchiveOptions) {
    this.#options = options;
    this.streams = options.zones.map((zone) => archivedLogs(options, zone));
  }

  /** Throws RangeError for a zone that the gateway does not serve. */
  of(zone: string): StreamArchive {
    const found = this.streams.find((each) => each.zone === zone);
    if (found === undefined) throw new RangeError(`the logs of zone "${zone}" are not archived here`);
    return found.archive;
  }

  /** Removes what is older than its function wants; of one that is gone, what is older than the default. */
  async sweep(registry: Pick<FunctionRegistry, 'get'>, now = Date.now()): Promise<number> {
    let removed = 0;
    for (const tenant of await this.#namesIn('')) {
      for (const name of await this.#namesIn(`${tenant}/`)) {
        const days = registry.get(tenant, name)?.manifest.config.logs?.days ?? LOG_DAYS;
        const before = new Date(now - days * DAY_MS);
        for (const { zone, archive } of this.streams) {
          removed += await archive.removeBefore(logFolder(zone, { tenant, function: name }), before);
        }
      }
    }
    return removed;
  }

  async #namesIn(prefix: string): Promise<string[]> {
    const { store, bucket } = this.#options;
    const { prefixes } = await store.list(bucket, prefix, { limit: MOST_NAMES, delimiter: '/' });
    return prefixes.map((each) => each.slice(prefix.length, -1));
  }
}

export function logFolder(zone: string, { tenant, function: name }: FunctionName): string {
  return `${tenant}/${name}/${zone}`;
}

function archivedLogs({ zones: _zones, ...place }: LogArchiveOptions, zone: string): ArchivedStream {
  const stream = logStream(zone);
  const folderOf = (subject: string): string | null => {
    const of = functionOfLogSubject(subject);
    return of === null ? null : logFolder(zone, of);
  };
  const subjects = zoneLogsSubject(zone);
  const archive = new StreamArchive({ ...place, stream, subjects, folderOf });
  return { zone, stream, archive, afterMs: AFTER_MS };
}
