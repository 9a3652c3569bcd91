/** The gateway's half of receipts: what went in and came out of each call that it sent, signed with the gateway's key. */
import { BatchRoots, type ComponentIdentity, ReceiptBatches, ReceiptScope } from '@sovfn/bus';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LeafLine } from '@sovfn/protocol';
import type { CallTarget } from '../calls/call-target.ts';

export interface GatewayReceiptsOptions {
  readonly connection: NatsConnection;
  readonly identity: ComponentIdentity;
  readonly zones: readonly string[];
  readonly onLost: (calls: number, reason: string) => void;
}

const CLOSE_MS = 2_000;

export class GatewayReceipts {
  readonly #roots = new BatchRoots();
  readonly #batches: ReadonlyMap<string, ReceiptBatches>;
  readonly #identity: ComponentIdentity;
  readonly #scopes = new WeakMap<CallTarget, ReceiptScope>();

  constructor({ zones, ...options }: GatewayReceiptsOptions) {
    const shared = { ...options, roots: this.#roots };
    this.#batches = new Map(zones.map((zone) => [zone, new ReceiptBatches({ ...shared, zone })]));
    this.#identity = options.identity;
  }

  /** NOTE: on the path of every call. */
  add(target: CallTarget, line: LeafLine): void {
    this.#batches.get(target.zone)!.add(this.#scopes.get(target) ?? this.#open(target), line);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#batches.values()].map((batches) => batches.close(CLOSE_MS)));
    await this.#roots.close();
  }

  #open(target: CallTarget): ReceiptScope {
    const { zone, tenant, function: name, version } = target;
    const { signed, labelsSha256 } = this.#identity;
    const place = { gateway: signed.labels.name, zone, tenant, function: name, version };
    const scope = new ReceiptScope({ role: 'gateway', ...place, labelsSha256 });
    this.#scopes.set(target, scope);
    return scope;
  }
}
