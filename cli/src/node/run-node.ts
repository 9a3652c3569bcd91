/**
 * Runs a node of a platform on another host: a supervisor as a child process, and beside it the connections to the platform.
 *
 * Guarantees: one node per data folder; a supervisor that dies is started again, with what the platform grants by then; a node
 * that was removed ends and says so. The data folder holds keys that were made here and never left it.
 */
import { join } from 'node:path';
import { type EnrolmentBundle, SovfnError } from '@sovfn/protocol';
import { LinkRelay } from '../link/link-client.ts';
import { type DataFolder, prepareDataFolder } from '../platform/data-folder.ts';
import { writeFileWhole } from '../platform/files.ts';
import { trimLog } from '../platform/log-file.ts';
import { configFiles, nodeCommand } from '../platform/part-commands.ts';
import { Part, type PartEvent } from '../platform/part.ts';
import { remoteSupervisorConfig } from '../platform/service-config.ts';
import { tryLock } from '../processes/lock.ts';
import { enrolNode, type EnrolledNode, renewWhenReachable } from './enrol-node.ts';
import { nodeFiles, readNodePlatform } from './node-files.ts';
import { Standing } from './standing.ts';

const TRIM_EVERY_MS = 60_000;

export interface RunNodeOptions {
  /** Data folder of the node; made when it does not exist. */
  readonly data: string;
  /** Of `sovfn nodes add`; null: the node has enrolled before. */
  readonly bundle: EnrolmentBundle | null;
  /** Functions may go to private addresses that their egress lists. */
  readonly allowPrivate: boolean;
  readonly onProgress: (event: NodeProgress) => void;
  /** Stops the node, or its start. */
  readonly signal: AbortSignal;
}

export type NodeProgress =
  | PartEvent
  | { readonly type: 'enrolled'; readonly node: string }
  | { readonly type: 'waiting-for-platform'; readonly reason: string };

export interface RunningNode {
  readonly node: string;
  readonly zones: readonly string[];
  /** Resolves when the node has stopped; rejects with `enrolment-refused` when it was removed. */
  readonly stopped: Promise<void>;
}

/** Resolves when the node takes calls. Throws SovfnError; nothing is left running then. */
export async function runNode(options: RunNodeOptions): Promise<RunningNode> {
  const { onProgress, signal } = options;
  await using undo = new AsyncDisposableStack();
  const folder = await prepareDataFolder(options.data, 'node');
  await lockFolder(folder, undo);
  const platform = await enrolledPlatform(folder, options);
  const onWait = (reason: string): void => onProgress({ type: 'waiting-for-platform', reason });
  const enrolled = await renewWhenReachable(folder, platform, { signal, onWait });
  const standing = new Standing(folder, enrolled);
  const relayTo = (service: 'bus' | 'store'): Promise<LinkRelay> =>
    LinkRelay.open({
      ...{ service, link: platform.link, identity: () => standing.identity },
      // The store's are closed when they are idle, which means nothing.
      onLost: () => (service === 'bus' ? standing.look() : undefined),
    });
  const bus = undo.use(await relayTo('bus'));
  const store = undo.use(await relayTo('store'));
  await writeConfig(folder, enrolled, { bus: bus.port, store: store.port, allowPrivate: options.allowPrivate });
  const onEvent = (event: PartEvent): void => {
    onProgress(event);
    if (event.state === 'died') standing.look();
  };
  const part = new Part(nodeCommand({ folder }), { onEvent, onProcess: () => undefined });
  undo.defer(() => part.stop());
  await part.start(signal);
  const trimming = setInterval(() => void trimLog(join(folder.logs, 'node.log')), TRIM_EVERY_MS);
  undo.defer(() => clearInterval(trimming));
  const running = undo.move();
  const stopped = Promise.race([onceAborted(signal), standing.removed]).finally(() => running.disposeAsync());
  return { node: platform.node, zones: enrolled.grant.zones, stopped };
}

async function enrolledPlatform(folder: DataFolder, { bundle, onProgress }: RunNodeOptions) {
  if (bundle !== null) {
    const platform = await enrolNode(folder, bundle);
    onProgress({ type: 'enrolled', node: platform.node });
    return platform;
  }
  const platform = await readNodePlatform(folder);
  if (platform !== null) return platform;
  throw new SovfnError('config-not-found', `${folder.path} is not yet a node of a platform`, {
    hint: 'Make a bundle with `sovfn nodes add` where the platform runs, and start with --enrol <file>.',
  });
}

async function writeConfig(
  folder: DataFolder,
  { grant, platform }: EnrolledNode,
  { allowPrivate, ...ports }: { readonly bus: number; readonly store: number; readonly allowPrivate: boolean },
): Promise<void> {
  const { busCredential, storeSecret } = nodeFiles(folder);
  const { host, port } = platform.link;
  const files = { busCredential, storeSecret };
  const config = remoteSupervisorConfig({ folder, grant, files, ports, allowPrivate, platform: { host, port } });
  await writeFileWhole(configFiles(folder).node, JSON.stringify(config, null, 2));
}

async function lockFolder(folder: DataFolder, undo: AsyncDisposableStack): Promise<void> {
  const { lock, owner } = await tryLock(folder.lock);
  if (lock === null) {
    throw new SovfnError('platform-running', `process ${owner.pid} already runs the node of ${folder.path}`, {
      hint: 'End it, or name another data folder.',
      facts: { pid: owner.pid, data: folder.path },
    });
  }
  undo.use(lock);
}

function onceAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
