/**
 * The data keys that this node works with: asked of a gateway one by one, and held for as long as the gateway says.
 *
 * Guarantees: no key is used later than that after a gateway last gave it. Keys exist in this process (and that of logs in
 * cells of its tenant), and nowhere on disk.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { DataKey, type DataKeySource, HeldKeys } from '@sovfn/bus/encryption';
import {
  type DataKeyName,
  type DataKeyRequest,
  dataKeysContext,
  dataKeysSubject,
  type GrantedDataKey,
  grantedDataKeySchema,
  type NodeKeyPurpose,
  nodeKeyPurposeSchema,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import { askSealed } from '../ask-sealed.ts';

export interface NodeKeysOptions {
  readonly connection: NatsConnection;
  readonly node: string;
}

export class NodeKeys {
  readonly #options: NodeKeysOptions;
  readonly #held = new HeldKeys();

  constructor(options: NodeKeysOptions) {
    this.#options = options;
  }

  /** Keys of tenants with functions in that zone. */
  inZone(zone: string): DataKeySource {
    return {
      newest: (tenant, purpose) => this.#find(zone, tenant, purpose, null),
      get: ({ tenant, purpose, generation }) => this.#find(zone, tenant, purpose, generation),
    };
  }

  #find(
    zone: string,
    tenant: string,
    purpose: DataKeyName['purpose'],
    generation: number | null,
  ): DataKey | Promise<DataKey> {
    const name = `${zone}.${tenant}.${purpose}.${generation ?? 'newest'}`;
    return this.#held.get(name, async () => {
      const granted = await this.#request(zone, { tenant, purpose, generation });
      const key = new DataKey({ tenant, purpose, generation: granted.generation }, Buffer.from(granted.key, 'base64'));
      return { key, forMs: granted.forMs };
    });
  }

  async #request(zone: string, { tenant, purpose, generation }: WantedKey): Promise<GrantedDataKey> {
    const { connection, node } = this.#options;
    const wanted = { tenant, purpose: purposeOfNodes(purpose), generation };
    const request = { v: PROTOCOL_VERSION, ...wanted } satisfies Omit<DataKeyRequest, 'publicKey'>;
    const question = { subject: dataKeysSubject(zone, node), request, context: dataKeysContext(zone, node, request) };
    try {
      return grantedDataKeySchema.parse(await askSealed(connection, question));
    } catch (cause) {
      if (cause instanceof SovfnError && cause.code === 'data-unreadable') throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SovfnError('key-unavailable', `no gateway gives the key for ${purpose} of "${tenant}": ${reason}`, {
        cause,
      });
    }
  }
}

type WantedKey = Pick<DataKeyName, 'tenant' | 'purpose'> & { readonly generation: number | null };

function purposeOfNodes(purpose: DataKeyName['purpose']): NodeKeyPurpose {
  return nodeKeyPurposeSchema.parse(purpose);
}
