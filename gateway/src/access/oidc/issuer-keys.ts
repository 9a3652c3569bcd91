/**
 * The keys of an issuer: from a file that the operator keeps, or asked of the issuer when they are needed.
 *
 * Guarantees: with a file nothing is asked of anybody; without one, only the issuer's own configuration says where its keys are,
 * and they are asked for again at most every COOLDOWN_MS, whoever sends tokens with unknown key ids.
 * Hostile: what the issuer's address answers, until TLS says that it is the issuer.
 */
import { readFile, stat } from 'node:fs/promises';
import { issuerSchema, type IssuerTrust, SovfnError } from '@sovfn/protocol';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

const ANSWER_MS = 5_000;
const COOLDOWN_MS = 30_000;
const ANSWER_BYTES = 1024 * 1024;

const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });
const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: issuerSchema });

/** Finds the key that a token names. Throws `issuer-unavailable`; errors of `jose` when there is no such key. */
export function issuerKeys({ issuer, jwksFile }: IssuerTrust): JWTVerifyGetKey {
  return jwksFile === undefined ? askedKeys(issuer) : keysOfFile(jwksFile);
}

function keysOfFile(file: string): JWTVerifyGetKey {
  let read: { readonly changedAtMs: number; readonly keys: JWTVerifyGetKey } | null = null;
  return async (header, token) => {
    try {
      const { mtimeMs } = await stat(file);
      if (read?.changedAtMs !== mtimeMs) {
        const keys = createLocalJWKSet(jwksSchema.parse(JSON.parse(await readFile(file, 'utf8'))));
        read = { changedAtMs: mtimeMs, keys };
      }
    } catch (cause) {
      throw new SovfnError('issuer-unavailable', `the issuer's keys cannot be read from ${file}`, {
        hint: 'The file holds a JSON Web Key Set, as the issuer publishes it.',
        cause,
      });
    }
    return read.keys(header, token);
  };
}

function askedKeys(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | null = null;
  return async (header, token) => {
    found ??= discover(issuer).catch((error: unknown) => {
      found = null;
      throw error;
    });
    const keys = await found;
    try {
      return await keys(header, token);
    } catch (error) {
      throw isAboutToken(error) ? error : unavailable(issuer, error);
    }
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await response.text();
    if (!response.ok || text.length > ANSWER_BYTES) throw new Error(`${url} answered ${response.status}`);
    const told = discoverySchema.parse(JSON.parse(text));
    if (told.issuer !== issuer) throw new Error(`${url} is of the issuer ${told.issuer}`);
    const options = { timeoutDuration: ANSWER_MS, cooldownDuration: COOLDOWN_MS };
    return createRemoteJWKSet(new URL(told.jwks_uri), options);
  } catch (cause) {
    throw unavailable(issuer, cause);
  }
}

/** Or about the issuer's answer. */
function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

function unavailable(issuer: string, cause: unknown): SovfnError {
  return new SovfnError('issuer-unavailable', `the issuer ${issuer} does not tell its keys`, {
    hint: 'Try again in a moment; a site without a network names a file with the keys (jwksFile).',
    cause,
  });
}
