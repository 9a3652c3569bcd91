import { Algorithms, encodeUser } from '@nats-io/jwt';
import { createUser, fromPublic, fromSeed } from '@nats-io/nkeys';
import type { Permissions } from '@sovfn/protocol';
import type { BusCredential } from '../wire/credential.ts';

export interface UserGrant {
  /** Seed of the account (`SA…`). */
  readonly accountSeed: string;
  /** Seed of a signer that the account lists (`nodeSigner`); default: the account itself. */
  readonly signerSeed?: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly permissions: Permissions;
  /** From then on the server ends the user's connections; null: never. */
  readonly expiresAt: Date | null;
}

export interface UserKey {
  readonly publicKey: string;
  /** Keep it where the user runs. */
  readonly seed: string;
}

/** A key for a user whose JWT somebody else issues. */
export function createUserKey(): UserKey {
  const key = createUser();
  return { publicKey: key.getPublicKey(), seed: new TextDecoder().decode(key.getSeed()) };
}

/** A user JWT for somebody else's key: whoever holds the seed of `publicKey` may use it. Not more than `permissions`. */
export async function issueUserJwt(grant: UserGrant & { readonly publicKey: string }): Promise<string> {
  const account = pairOf(grant.accountSeed);
  const signer = grant.signerSeed === undefined ? {} : { signer: pairOf(grant.signerSeed) };
  const expiry = grant.expiresAt === null ? {} : { exp: Math.floor(grant.expiresAt.getTime() / 1_000) };
  const user = {
    pub: { allow: [...grant.permissions.publish] },
    sub: { allow: [...grant.permissions.subscribe] },
  };
  const options = { algorithm: Algorithms.v2, ...expiry, ...signer };
  return encodeUser(grant.name, fromPublic(grant.publicKey), account, user, options);
}

/** A new user with its own key: for components whose credential is a file. */
export async function createUserCredential(grant: UserGrant): Promise<BusCredential> {
  const key = createUser();
  return { jwt: await issueUserJwt({ ...grant, publicKey: key.getPublicKey() }), seed: key.getSeed() };
}

function pairOf(seed: string): ReturnType<typeof fromSeed> {
  return fromSeed(new TextEncoder().encode(seed));
}
