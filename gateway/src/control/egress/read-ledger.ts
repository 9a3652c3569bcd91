/**
 * The newest entries that the zones' ledgers have of a function. A stream can be read forwards only, so what is read begins
 * some minutes ago, and further back until there is enough. Memory is bounded by `limit`, not by what is read.
 *
 * Hostile: nothing that a function wrote is in a batch but names of hosts and methods; whoever shows them escapes these.
 */
import { readMessages, type StoredMessage } from '@sovfn/bus';
import {
  type EgressBatch,
  egressBatchSchema,
  type EgressEntry,
  type EgressList,
  egressStream,
  egressSubject,
} from '@sovfn/protocol';
import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionName } from '../../outputs/output-address.ts';

export interface LedgerQuery {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly of: FunctionName;
  readonly since: Date | null;
  readonly fits: (entry: EgressEntry) => boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly onInvalid: (reason: string) => void;
}

type Found = Omit<EgressList, 'v'>;

const STEPS_MS = [15 * 60_000, 24 * 3_600_000];

/** Throws `bus-unavailable`, and what the signal is aborted with. */
export async function readLedger(query: LedgerQuery): Promise<Found> {
  const steps = STEPS_MS.map((ms) => new Date(Date.now() - ms)).filter((begin) => begin > (query.since ?? new Date(0)));
  for (const begin of steps) {
    const found = await readSince(begin, query);
    if (found.more) return found;
  }
  return readSince(query.since, query);
}

async function readSince(begin: Date | null, query: LedgerQuery): Promise<Found> {
  const zones = await Promise.all(query.zones.map(async (zone) => readZone(zone, begin, query)));
  const all = zones.flatMap(({ requests }) => requests).toSorted((a, b) => (a.time < b.time ? 1 : -1));
  return {
    requests: all.slice(0, query.limit),
    lost: zones.reduce((sum, { lost }) => sum + lost, 0),
    more: all.length > query.limit || zones.some(({ more }) => more),
  };
}

async function readZone(zone: string, begin: Date | null, query: LedgerQuery): Promise<Found> {
  const { connection, of, fits, limit, signal } = query;
  const subject = egressSubject({ zone, tenant: of.tenant, function: of.function });
  const found: { requests: EgressList['requests']; lost: number; more: boolean } = {
    requests: [],
    lost: 0,
    more: false,
  };
  for await (const page of readMessages(connection, egressStream(zone), subject, begin)) {
    signal.throwIfAborted();
    for (const batch of page.flatMap((message) => readBatch(message, query))) {
      const { version, node, entries, lost } = batch;
      const fitting = entries.filter((entry) => fits(entry));
      found.requests.push(...fitting.map((entry) => ({ ...entry, function: batch.function, version, zone, node })));
      found.lost += lost;
    }
    if (found.requests.length <= limit) continue;
    found.more = true;
    found.requests = found.requests.slice(-limit);
  }
  return found;
}

function readBatch({ data, sequence }: StoredMessage, { onInvalid }: LedgerQuery): EgressBatch[] {
  try {
    return [egressBatchSchema.parse(JSON.parse(Buffer.from(data).toString()))];
  } catch (error) {
    onInvalid(`entry ${sequence} of the ledger cannot be read: ${String(error)}`);
    return [];
  }
}
