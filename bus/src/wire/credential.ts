import { SovfnError } from '@sovfn/protocol';
import { fromSeed } from '@nats-io/nkeys';

/** A NATS user: its JWT, and the seed of its nkey, with which it signs the server's nonce. Keep the seed out of logs. */
export interface BusCredential {
  readonly jwt: string;
  readonly seed: Uint8Array;
}

const JWT_BLOCK = /-----BEGIN NATS USER JWT-----\s+(\S+)\s+-+END NATS USER JWT-+/;
const SEED_BLOCK = /-----BEGIN USER NKEY SEED-----\s+(\S+)\s+-+END USER NKEY SEED-+/;

/** Reads the text of a `.creds` file. Throws SovfnError `config-invalid` without repeating the text. */
export function decodeCredential(text: string): BusCredential {
  const jwt = JWT_BLOCK.exec(text)?.[1];
  const seed = SEED_BLOCK.exec(text)?.[1];
  if (jwt === undefined || seed === undefined) {
    throw new SovfnError('config-invalid', 'the NATS credential has no user JWT or no seed block');
  }
  return { jwt, seed: new TextEncoder().encode(seed) };
}

export function encodeCredential(credential: BusCredential): string {
  const seed = new TextDecoder().decode(credential.seed);
  return [
    `-----BEGIN NATS USER JWT-----\n${credential.jwt}\n------END NATS USER JWT------\n`,
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  ].join('\n');
}

/** The signature NATS asks for in CONNECT: Ed25519 over the server's nonce, base64url. */
export function signNonce(credential: BusCredential, nonce: string): string {
  // A copy: `clear` wipes the bytes it was made from, and the credential is needed again at the next connection.
  const pair = fromSeed(credential.seed.slice());
  const signature = Buffer.from(pair.sign(new TextEncoder().encode(nonce)));
  pair.clear();
  return signature.toString('base64url');
}
