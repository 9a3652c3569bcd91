/** Checks of what nats-server keeps: whether there is room for more of it, and on how many servers it lies. */
import { z } from 'zod';
import type { Say } from '../../language.ts';
import type { PlatformRecord } from '../record.ts';
import { type DoctorCheck, fail, ok, warn } from './check.ts';
import { askMonitor } from './monitor.ts';

const MIB = 1024 ** 2;
/** Of what the server may store. The gateway itself accepts no event above nine tenths. */
const FULL = 0.9;
const FILLING = 0.75;
/** Below this, one lost server is lost data, or a standstill. */
const SAFE_REPLICAS = 3;
/** A peer that has missed more than this of a stream is no copy of it yet. Messages. */
const MOST_LAG = 1_000;

const peerSchema = z.object({
  name: z.string(),
  current: z.boolean().default(false),
  lag: z.int().default(0),
});
const streamSchema = z.object({
  name: z.string(),
  config: z.object({ num_replicas: z.int() }),
  cluster: z.object({ leader: z.string().default(''), replicas: z.array(peerSchema).default([]) }).optional(),
});
const jszSchema = z.object({
  config: z.object({ max_storage: z.int() }),
  storage: z.int(),
  meta_cluster: z.object({ cluster_size: z.int() }).optional(),
  account_details: z.array(z.object({ stream_detail: z.array(streamSchema).default([]) })).default([]),
});

const routesSchema = z.object({ routes: z.array(z.object({ remote_name: z.string().default('') })) });
const serverSchema = z.object({ server_name: z.string() });

export async function checkBusRoom(running: PlatformRecord, say: Say): Promise<DoctorCheck> {
  const { storage, config } = await readStreams(running);
  const share = storage / config.max_storage;
  const room = { used: mib(storage), size: mib(config.max_storage) };
  if (share < FILLING) return ok('bus-room', say('doctor.room', room));
  const hint = say('doctor.room.hint');
  if (share < FULL) return warn('bus-room', say('doctor.room', room), hint);
  return fail('bus-room', say('doctor.room.full', room), hint);
}

/** Of the streams that the server asked has a copy of. */
export async function checkReplicas(running: PlatformRecord, say: Say): Promise<DoctorCheck> {
  const { meta_cluster: cluster, account_details: accounts } = await readStreams(running);
  const streams = accounts.flatMap(({ stream_detail: detail }) => detail);
  if (cluster === undefined) {
    return ok('replicas', say('doctor.replicas.alone', { count: streams.length }));
  }
  const { cluster_size: servers } = cluster;
  const { server_name: asked } = serverSchema.parse(await askMonitor(running, '/varz'));
  const { routes } = routesSchema.parse(await askMonitor(running, '/routez'));
  const reached = new Set([asked, ...routes.map((route) => route.remote_name)]).size;
  const behind = streams.flatMap(({ name, cluster: { leader = '', replicas = [] } = {} }) => [
    ...(leader === '' ? [say('doctor.replicas.leaderless', { stream: name })] : []),
    // Only the leader knows how far the others are.
    ...replicas
      .filter(({ current, lag }) => leader === asked && (!current || lag > MOST_LAG))
      .map((peer) => say('doctor.replicas.late', { stream: name, server: peer.name })),
  ]);
  if (reached < servers) {
    behind.unshift(say('doctor.replicas.unreached', { server: asked, reached, servers }));
  }
  if (behind.length > 0) {
    return fail('replicas', behind.join(', '), say('doctor.replicas.missing.hint'));
  }
  const few = streams.filter(({ config }) => config.num_replicas < SAFE_REPLICAS).map(({ name }) => name);
  const safe = { replicas: SAFE_REPLICAS, servers };
  if (few.length === 0) return ok('replicas', say('doctor.replicas', { ...safe, count: streams.length }));
  const detail = say('doctor.replicas.few', { ...safe, streams: few.join(', ') });
  return warn('replicas', detail, say('doctor.replicas.few.hint', { replicas: SAFE_REPLICAS }));
}

async function readStreams(running: PlatformRecord): Promise<z.output<typeof jszSchema>> {
  return jszSchema.parse(await askMonitor(running, '/jsz?accounts=true&streams=true&config=true'));
}

const mib = (bytes: number): string => String(Math.round(bytes / MIB));
