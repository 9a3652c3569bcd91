/**
 * Asks a gateway for the secrets of a version that is about to run here. The answer is sealed for a key made for the one
 * request; values exist in this process, in the cell whose code shall read them, and nowhere on disk or on the bus.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type GrantedSecrets,
  grantedSecretsSchema,
  PROTOCOL_VERSION,
  secretsContext,
  type SecretsRequest,
  secretsSubject,
  SovfnError,
} from '@sovfn/protocol';
import { askSealed } from '../ask-sealed.ts';
import type { VersionName } from '../code/bundle-store.ts';

/** The secrets of a version. */
export interface HeldSecrets {
  /** Those that are set. */
  readonly values: Readonly<Record<string, string>>;
  /** Of every name the version lists; 0: never set. */
  readonly versions: Readonly<Record<string, number>>;
}

export interface SecretReaderOptions {
  readonly connection: NatsConnection;
  readonly node: string;
}

export const NO_SECRETS: HeldSecrets = { values: {}, versions: {} };

export class SecretReader {
  readonly #options: SecretReaderOptions;

  constructor(options: SecretReaderOptions) {
    this.#options = options;
  }

  /** Throws SovfnError `not-started` when no gateway gives them: a function does not run without what it lists. */
  async read(zone: string, of: VersionName, names: readonly string[]): Promise<HeldSecrets> {
    if (names.length === 0) return NO_SECRETS;
    try {
      return heldOf(await this.#ask(zone, of, names));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SovfnError('not-started', `the secrets of "${of.function}" could not be read: ${reason}`, { cause });
    }
  }

  async #ask(zone: string, of: VersionName, names: readonly string[]): Promise<GrantedSecrets> {
    const { connection, node } = this.#options;
    const { tenant, function: name, version } = of;
    const request = {
      v: PROTOCOL_VERSION,
      ...{ tenant, function: name, version },
      names: [...names],
    } satisfies Omit<SecretsRequest, 'publicKey'>;
    const context = secretsContext(zone, node, request);
    const subject = secretsSubject(zone, node);
    return grantedSecretsSchema.parse(await askSealed(connection, { subject, request, context }));
  }
}

/** Some were changed since: compare with the versions in the function's record, which only grow. */
export function isOutdated(
  { versions }: Pick<HeldSecrets, 'versions'>,
  known: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(versions).some(([name, version]) => (known[name] ?? 0) > version);
}

function heldOf(granted: GrantedSecrets): HeldSecrets {
  const entries = Object.entries(granted);
  const set = entries.flatMap(([name, { value }]) => (value === null ? [] : [[name, value] as const]));
  return {
    values: Object.fromEntries(set),
    versions: Object.fromEntries(entries.map(([name, { version }]) => [name, version])),
  };
}
