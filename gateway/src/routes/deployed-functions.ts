import type { FunctionRegistry } from '@sovfn/bus';
import { type FunctionRecord, type OutputPolicy, outputPolicy, shortVersion } from '@sovfn/protocol';
import { type CallTarget, makeCallTarget } from '../calls/call-target.ts';
import { compileEventPolicy, type EventPolicy } from '../events/event-policy.ts';
import { compileWebhooks, type Webhook } from '../webhooks/webhook.ts';
import { type RouteConflict, type RouteOwner, RouteTable } from './route-table.ts';

/** A function's current version, with everything a call needs worked out once at deploy. */
export interface DeployedFunction extends RouteOwner {
  readonly tenant: string;
  readonly name: string;
  readonly version: string;
  readonly shortVersion: string;
  readonly target: CallTarget;
  /** Largest request body, bytes. */
  readonly bodyBytes: number;
  readonly outputs: OutputPolicy;
  /** Origins that it may reach. */
  readonly egress: ReadonlySet<string>;
  readonly events: EventPolicy;
  /** By name. */
  readonly webhooks: ReadonlyMap<string, Webhook>;
  /** Path under which every function can be called: `/fn/<function>` or `/fn/<tenant>:<function>`. */
  readonly basePath: string;
}

export interface DeployedFunctionsOptions {
  readonly registry: FunctionRegistry;
  readonly gateway: string;
  /** Its functions are called without their tenant's name, and own the routes. */
  readonly tenant: string;
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
    this.#bySegment.delete(`${tenant}:${name}`);
    if (tenant === this.#options.tenant) this.#bySegment.delete(name);
  }

  #compile(record: FunctionRecord): DeployedFunction {
    const { tenant, name, current: version, manifest } = record;
    const { residency: zone, limits, routes } = manifest.config;
    const isDefaultTenant = tenant === this.#options.tenant;
    return {
      tenant,
      name,
      version,
      shortVersion: shortVersion(version),
      target: makeCallTarget(this.#options.gateway, { zone, tenant, function: name, version }, limits.wallMs),
      bodyBytes: Math.floor(limits.bodyMb * MIB),
      outputs: outputPolicy(manifest.config),
      egress: new Set(manifest.config.egress.map((origin) => new URL(origin).origin)),
      events: compileEventPolicy(manifest.config),
      webhooks: compileWebhooks(manifest.config.webhooks),
      basePath: isDefaultTenant ? `/fn/${name}` : `/fn/${tenant}:${name}`,
      routes: isDefaultTenant ? routes : [],
    };
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
