import type { FunctionRegistry } from '@sovfn/bus';
import {
  acceptedCountries,
  currentEntry,
  EgressRules,
  findEntry,
  type FunctionLimits,
  type FunctionRecord,
  type OutputPolicy,
  outputPolicy,
  shortVersion,
  type VersionEntry,
} from '@sovfn/protocol';
import { type CallTarget, makeCallTarget } from '../calls/call-target.ts';
import type { FunctionCounters, FunctionCounts } from '../metrics/function-counters.ts';
import { compileEventPolicy, type EventPolicy } from '../events/event-policy.ts';
import type { SplitTallies } from '../splits/split-tallies.ts';
import { makeSplit, type VersionSplit } from '../splits/version-split.ts';
import type { VersionTally } from '../splits/version-tally.ts';
import { compileQueues, type QueuePolicies } from '../events/queues/queue-policy.ts';
import { compileWebhooks, type Webhook } from '../webhooks/webhook.ts';
import { parsePreviewSegment, type PreviewAddresses, type PreviewOf } from './preview-address.ts';
import { type RouteConflict, type RouteOwner, RouteTable } from './route-table.ts';

/** A version of a function, with everything a call needs worked out once at deploy. */
export interface DeployedFunction extends RouteOwner {
  readonly tenant: string;
  readonly name: string;
  readonly version: string;
  readonly shortVersion: string;
  /** False: events, webhooks, routes and egress are the current version's, and this one has none. */
  readonly isCurrent: boolean;
  readonly target: CallTarget;
  /** Of a version beside the current one some are not known. */
  readonly limits: Readonly<Partial<FunctionLimits>>;
  /** Largest request body, bytes. */
  readonly bodyBytes: number;
  readonly outputs: OutputPolicy;
  /** Origins that it may reach. */
  readonly egress: EgressRules;
  readonly events: EventPolicy;
  readonly queues: QueuePolicies;
  /** By name. */
  readonly webhooks: ReadonlyMap<string, Webhook>;
  /** Path under which it can be called: `/fn/<function>` or `/fn/<tenant>:<function>`, with a version for a preview. */
  readonly basePath: string;
  /** Null: this version answers all of its callers. */
  readonly split: VersionSplit | null;
  /** Counts its calls while a split is watched, else null. */
  readonly tally: VersionTally | null;
  /** Of the function, whatever its version. */
  readonly counts: FunctionCounts;
}

export interface DeployedFunctionsOptions {
  readonly registry: FunctionRegistry;
  readonly gateway: string;
  /** Its functions are called without their tenant's name, and own the routes. */
  readonly tenant: string;
  readonly previews: PreviewAddresses;
  readonly tallies: SplitTallies;
  readonly counters: FunctionCounters;
  readonly onConflict: (conflict: RouteConflict<DeployedFunction>) => void;
}

const MIB = 1024 * 1024;

/**
 * The functions of the registry as callers address them. It follows the registry: a deploy is visible as soon as its
 * record arrives, whole, because each function and the route table are replaced and never changed.
 */
export class DeployedFunctions {
  readonly #options: DeployedFunctionsOptions;
  /** By what stands behind `/fn/`: `function` in the default tenant, and `tenant:function` everywhere. */
  readonly #bySegment = new Map<string, DeployedFunction>();
  readonly #stopWatching: () => void;
  #routes = new RouteTable<DeployedFunction>([]);

  constructor(options: DeployedFunctionsOptions) {
    this.#options = options;
    for (const record of options.registry.all()) this.#put(record);
    this.#rebuildRoutes();
    this.#stopWatching = options.registry.onChange((key, record) => {
      if (record === null) this.#remove(key);
      else this.#put(record);
      this.#rebuildRoutes();
    });
  }

  get(tenant: string, name: string): DeployedFunction | null {
    return this.#bySegment.get(`${tenant}:${name}`) ?? null;
  }

  /** `segment`: the path segment behind `/fn/`, as the caller wrote it. */
  bySegment(segment: string): DeployedFunction | null {
    return this.#bySegment.get(segment) ?? null;
  }

  /** The version that a preview address leads to. `segment`: as for `bySegment`. */
  byPreview(segment: string): DeployedFunction | null {
    const parsed = parsePreviewSegment(segment);
    const current = parsed === null ? undefined : this.#bySegment.get(parsed.functionSegment);
    if (parsed === null || current === undefined) return null;
    const { tenant, name } = current;
    const record = this.#options.registry.get(tenant, name);
    const entry = record?.versions.find(({ version }) => version.startsWith(parsed.shortVersion));
    if (record === null || entry === undefined) return null;
    const of = { tenant, name, version: entry.version };
    if (!this.#options.previews.isFor(of, parsed.code)) return null;
    return { ...this.#compileOther(record, entry, current), basePath: this.previewPath(of) };
  }

  /** The path of a version's preview address. */
  previewPath(of: PreviewOf): string {
    return `${this.#basePath(of.tenant, of.name)}${this.#options.previews.suffix(of)}`;
  }

  byRoute(path: string): DeployedFunction | null {
    return this.#routes.find(path);
  }

  names(tenant: string): string[] {
    const prefix = `${tenant}:`;
    return [...this.#bySegment.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  close(): void {
    this.#stopWatching();
  }

  #put(record: FunctionRecord): void {
    const deployed = this.#compile(record);
    this.#bySegment.set(`${record.tenant}:${record.name}`, deployed);
    if (record.tenant === this.#options.tenant) this.#bySegment.set(record.name, deployed);
  }

  /** `key` is `tenant.function`; names hold no dot. */
  #remove(key: string): void {
    const [tenant = '', name = ''] = key.split('.');
    this.#options.tallies.forget(key);
    this.#options.counters.forget(key);
    this.#bySegment.delete(`${tenant}:${name}`);
    if (tenant === this.#options.tenant) this.#bySegment.delete(name);
  }

  #compile(record: FunctionRecord): DeployedFunction {
    const { tenant, name, current: version, manifest, split } = record;
    const { config } = manifest;
    const { facts } = currentEntry(record);
    const tallies = this.#options.tallies.of(record);
    const basePath = this.#basePath(tenant, name);
    const counts = this.#options.counters.ensure(tenant, name);
    const current: DeployedFunction = {
      ...this.#callable(record, { version, facts }, counts),
      limits: config.limits,
      isCurrent: true,
      egress: new EgressRules(config.egress),
      events: compileEventPolicy(config),
      queues: compileQueues(config),
      webhooks: compileWebhooks(config.webhooks),
      basePath,
      routes: tenant === this.#options.tenant ? config.routes : [],
      split: null,
      tally: tallies?.current ?? null,
    };
    const entry = split === null ? null : findEntry(record, split.version);
    if (split === null || entry === null) return current;
    const other = this.#compileOther(record, entry, current);
    return { ...current, split: makeSplit(split, current, { ...other, tally: tallies?.other ?? null }) };
  }

  /** A version beside the current one: what is the function's rather than a version's is as in `current`. */
  #compileOther(record: FunctionRecord, entry: VersionEntry, current: DeployedFunction): DeployedFunction {
    const none = { egress: new EgressRules([]), webhooks: new Map<string, Webhook>(), routes: [] };
    return {
      ...current,
      ...this.#callable(record, entry, current.counts),
      ...none,
      isCurrent: false,
      split: null,
      tally: null,
    };
  }

  #callable(
    record: FunctionRecord,
    { version, facts }: Pick<VersionEntry, 'version' | 'facts'>,
    counts: FunctionCounts,
  ) {
    const { tenant, name } = record;
    const { zone, limits, outputs } = facts;
    const countries = acceptedCountries(record, facts);
    const address = { zone, tenant, function: name, version };
    return {
      tenant,
      name,
      version,
      shortVersion: shortVersion(version),
      target: makeCallTarget(this.#options.gateway, address, {
        countries,
        wallMs: limits.wallMs,
        counts: counts.calls,
      }),
      counts,
      limits,
      bodyBytes: Math.floor(limits.bodyMb * MIB),
      outputs: outputPolicy({ outputs }),
    };
  }

  #basePath(tenant: string, name: string): string {
    return tenant === this.#options.tenant ? `/fn/${name}` : `/fn/${tenant}:${name}`;
  }

  /** Whoever was deployed first keeps a route: the order is that of the oldest version each record still knows. */
  #rebuildRoutes(): void {
    const firstDeploy = (record: FunctionRecord): string => record.versions.at(-1)!.deployedAt;
    const records = [...this.#options.registry.all()].sort(
      (a, b) => compare(firstDeploy(a), firstDeploy(b)) || compare(a.name, b.name),
    );
    const owners = records.flatMap((record) => this.get(record.tenant, record.name) ?? []);
    const known = new Set(this.#routes.conflicts.map(conflictKey));
    this.#routes = new RouteTable(owners);
    for (const conflict of this.#routes.conflicts)
      if (!known.has(conflictKey(conflict))) this.#options.onConflict(conflict);
  }
}

function conflictKey(conflict: RouteConflict<DeployedFunction>): string {
  return `${conflict.route} ${conflict.owner.name} ${conflict.refused.name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
