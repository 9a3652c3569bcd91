/** The gateway's half of receipts: what went in and came out of each call that it sent, signed with the gateway's key. */
import { type ComponentIdentity, ReceiptScope, ZoneReceipts, type ZoneReceiptsOptions } from '@sovfn/bus';
import type { StatementBytes } from '@sovfn/protocol';
import type { CallTarget } from '../calls/call-target.ts';

export class GatewayReceipts {
  readonly #receipts: ZoneReceipts;
  readonly #identity: ComponentIdentity;
  readonly #scopes = new WeakMap<CallTarget, ReceiptScope>();

  constructor(options: ZoneReceiptsOptions) {
    this.#receipts = new ZoneReceipts(options);
    this.#identity = options.identity;
  }

  /** NOTE: on the path of every call. */
  add(target: CallTarget, record: StatementBytes): void {
    this.#receipts.in(target.zone).add(this.#scopes.get(target) ?? this.#open(target), record);
  }

  async close(): Promise<void> {
    await this.#receipts.close();
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
