import { createAccount, createOperator, createUser, fromSeed } from '@nats-io/nkeys';
import { Algorithms, encodeAccount, encodeOperator, encodeUser } from '@nats-io/jwt';
import { encodeCredential } from '../wire/credential.ts';

/**
 * The keys of a platform's own NATS: one operator, one account for all traffic, one system account for the server's
 * monitoring. Made once, by `sovfn up` or by an operator; users of the account are issued with `issueUserJwt`.
 */
export interface BusOperator {
  readonly operatorJwt: string;
  /** Keep offline: it can make accounts. */
  readonly operatorSeed: string;
  readonly accountPublicKey: string;
  readonly accountJwt: string;
  /** Signs users. Only the controller (gateway) holds it. */
  readonly accountSeed: string;
  readonly systemAccountPublicKey: string;
  readonly systemAccountJwt: string;
  /** Credential of a user of the system account (`.creds` text). */
  readonly systemCredential: string;
}

const UNLIMITED = -1;
const ACCOUNT = 'sovfn';

export async function createBusOperator(name: string): Promise<BusOperator> {
  const operator = createOperator();
  const account = createAccount();
  const system = createAccount();
  const systemUser = createUser();
  const options = { algorithm: Algorithms.v2 };
  const systemPublicKey = system.getPublicKey();
  const operatorJwt = await encodeOperator(name, operator, { system_account: systemPublicKey }, options);
  const accountJwt = await encodeAccount(
    ACCOUNT,
    account,
    { limits: accountLimits(true) },
    { ...options, signer: operator },
  );
  const systemAccountJwt = await encodeAccount(
    'system',
    system,
    { limits: accountLimits(false) },
    { ...options, signer: operator },
  );
  const systemJwt = await encodeUser('system', systemUser, system, {}, options);
  return {
    operatorJwt,
    operatorSeed: text(operator.getSeed()),
    accountPublicKey: account.getPublicKey(),
    accountJwt,
    accountSeed: text(account.getSeed()),
    systemAccountPublicKey: systemPublicKey,
    systemAccountJwt,
    systemCredential: encodeCredential({ jwt: systemJwt, seed: systemUser.getSeed() }),
  };
}

/** The same keys, with an account that also accepts users whom these signers have signed (see `nodeSigner`). */
export async function withSigners(operator: BusOperator, signers: readonly string[]): Promise<BusOperator> {
  const accountJwt = await encodeAccount(
    ACCOUNT,
    pairOf(operator.accountSeed),
    { limits: accountLimits(true), signing_keys: [...signers] },
    { algorithm: Algorithms.v2, signer: pairOf(operator.operatorSeed) },
  );
  return { ...operator, accountJwt };
}

/**
 * The longest line of a client. Its first one holds its JWT, and that its permissions: some 750 bytes for each zone of a node. By
 * default NATS refuses to read on after 4 KiB, which three zones fill.
 */
const MOST_LINE_BYTES = 64 * 1024;

/** The part of `nats.conf` that makes the server accept exactly the users this operator's account signs. */
export function operatorConfig(operator: BusOperator): string {
  return [
    `max_control_line: ${MOST_LINE_BYTES}`,
    `operator: ${operator.operatorJwt}`,
    `system_account: ${operator.systemAccountPublicKey}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    `  ${operator.accountPublicKey}: ${operator.accountJwt}`,
    `  ${operator.systemAccountPublicKey}: ${operator.systemAccountJwt}`,
    '}',
    '',
  ].join('\n');
}

function accountLimits(withJetStream: boolean) {
  const storage = withJetStream ? UNLIMITED : 0;
  return {
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    imports: UNLIMITED,
    exports: UNLIMITED,
    wildcards: true,
    conn: UNLIMITED,
    leaf: 0,
    mem_storage: storage,
    disk_storage: storage,
    streams: storage,
    consumer: storage,
  };
}

function pairOf(seed: string): ReturnType<typeof fromSeed> {
  return fromSeed(new TextEncoder().encode(seed));
}

function text(seed: Uint8Array): string {
  return new TextDecoder().decode(seed);
}
