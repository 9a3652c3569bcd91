/** What a version may do outside of its cell. */
import type { FunctionConfig } from '@sovfn/protocol';
import type { BrokerAnswer, BrokerAsk } from '../../asks/ask.ts';
import type { PlacedSecrets } from '../secrets/placed-secrets.ts';

export type Binding = FunctionConfig['bindings'][string];

/** What a version may reach, from its manifest. */
export interface ManifestGrants {
  /** As `sovfn.jsonc` lists it: the broker's to apply. */
  readonly egress: FunctionConfig['egress'];
  readonly bindings: ReadonlyMap<string, Binding>;
}

/** What a version may reach, and send, from one cell. */
export interface Grants extends ManifestGrants {
  readonly secrets: PlacedSecrets;
}

/** An ask with the rights of the version that asks. */
export interface GrantedAsk extends BrokerAsk {
  readonly grants: Grants;
}

export type BindingHandler = (ask: GrantedAsk) => Promise<BrokerAnswer>;
