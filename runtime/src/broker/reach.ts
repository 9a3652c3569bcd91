/** What one version may reach from one cell. */
import type { EgressRule } from '@sovfn/protocol';
import type { Dispatcher } from 'undici';
import type { SecretFinder } from '../asks/placeholders.ts';
import type { EgressPolicy } from './policy.ts';

export interface EgressReach {
  readonly policy: EgressPolicy;
  readonly secrets: SecretFinder;
  /** Connections to the outside, which no other cell uses. */
  readonly dispatcherFor: (rule: EgressRule) => Dispatcher;
}
