/** Whether the platform is ready, seen from this gateway. Asks each part now; each question has a short limit. */
import { type NodeRecord, type PlatformStatus, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { GatewayContext } from '../context.ts';

type Part = PlatformStatus['parts'][number];

/** `status` is asked again and again while the platform starts. Milliseconds. */
const QUESTION_MS = 2_000;

export async function readStatus(context: GatewayContext): Promise<PlatformStatus> {
  const { config, calls, registry, publicUrl } = context;
  const nodes = context.nodes.all();
  const [store, pendingOutputs] = await Promise.all([storePart(context), readPendingOutputs(context)]);
  const parts: Part[] = [
    gatewayPart(calls.inFlight),
    busPart(calls.isConnected),
    store,
    nodesPart(nodes, config.zones),
  ];
  return {
    v: PROTOCOL_VERSION,
    ready: parts.every((part) => part.state === 'ready'),
    parts,
    gateway: { id: config.id, publicUrl, inFlight: calls.inFlight },
    nodes: nodes.map(({ name, zones, cells, versions, seenAt }) => ({ name, zones, cells, versions, seenAt })),
    functions: [...registry.all()].length,
    pendingOutputs,
  };
}

function gatewayPart(inFlight: number): Part {
  return { name: 'gateway', state: 'ready', detail: `${inFlight} calls in flight` };
}

function busPart(isConnected: boolean): Part {
  if (isConnected) return { name: 'bus', state: 'ready', detail: 'connected to NATS' };
  return { name: 'bus', state: 'down', detail: 'no connection to NATS: calls are refused until it is back' };
}

async function storePart({ store }: GatewayContext): Promise<Part> {
  const answer = await within(store.assertReady().then(() => true, String));
  if (answer === true) return { name: 'store', state: 'ready', detail: 'the object store answers' };
  const reason = answer ?? `no answer within ${QUESTION_MS} ms`;
  return {
    name: 'store',
    state: 'down',
    detail: `${reason}: functions answer, deploys wait, outputs are kept on the bus`,
  };
}

function nodesPart(nodes: readonly NodeRecord[], zones: readonly string[]): Part {
  const empty = zones.filter((zone) => !nodes.some((node) => node.zones.includes(zone)));
  const detail = empty.length === 0 ? `${nodes.length} connected` : `no node in zone ${empty.join(', ')}`;
  if (nodes.length === 0) return { name: 'nodes', state: 'down', detail };
  return { name: 'nodes', state: empty.length === 0 ? 'ready' : 'degraded', detail };
}

/** Null while the bus cannot be asked. */
async function readPendingOutputs({ outputs, calls }: GatewayContext): Promise<number | null> {
  if (!calls.isConnected) return null;
  return within(outputs.pendingOutputs().catch(() => null));
}

/** Null when the question is not answered in time. */
async function within<T>(question: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), QUESTION_MS);
  try {
    return await Promise.race([question, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
