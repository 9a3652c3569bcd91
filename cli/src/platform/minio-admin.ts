/**
 * The few calls of MinIO's admin API that give gateway and node users of their own, so that neither holds the root keys and
 * the node can only read bundles. Only the embedded MinIO is administered; any other S3 store brings its users with it.
 *
 * Requests are signed with AWS Signature 4. Bodies with secrets are sealed with the root secret, as MinIO requires: PBKDF2,
 * then AES-256-GCM in one final fragment.
 */
import { createCipheriv, createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isSovfnError, SovfnError } from '@sovfn/protocol';

const REQUEST_MS = 10_000;
/** When MinIO first answers it still reads the users on its disk, and forgets for a moment what it is told meanwhile. */
const STARTING_MS = 10_000;
const AGAIN_MS = 100;
const STARTING: ReadonlySet<string> = new Set([
  ...['XMinioAdminNoSuchPolicy', 'XMinioAdminNoSuchUser'],
  ...['XMinioServerNotInitialized', 'XMinioIAMNotInitialized'],
]);
const REGION = 'us-east-1';
const ROUNDS = 8_192;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_PREFIX_BYTES = 8;
/** Tells MinIO which derivation and cipher sealed a body. */
const PBKDF2_AES_GCM = 0x02;
/** Marks the last fragment of a sealed body, so that a shortened one is refused. */
const FINAL_FRAGMENT = 0x80;

const deriveKey = promisify(pbkdf2);

export interface MinioRoot {
  readonly host: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface PolicyStatement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface StoreUser {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly allows: readonly PolicyStatement[];
}

/** Makes the user, or makes an existing one what is described here. */
export async function ensureStoreUser(root: MinioRoot, user: StoreUser): Promise<void> {
  const giveUpAt = performance.now() + STARTING_MS;
  for (;;) {
    try {
      return await makeStoreUser(root, user);
    } catch (error) {
      if (!isStarting(error) || performance.now() > giveUpAt) throw error;
      await delay(AGAIN_MS);
    }
  }
}

async function makeStoreUser(root: MinioRoot, user: StoreUser): Promise<void> {
  const policy = Buffer.from(JSON.stringify({ Version: '2012-10-17', Statement: user.allows }));
  await put(root, 'add-canned-policy', { name: user.accessKey }, policy);
  const account = JSON.stringify({ secretKey: user.secretKey, status: 'enabled' });
  await put(root, 'add-user', { accessKey: user.accessKey }, await seal(root.secretKey, Buffer.from(account)));
  const grant = { policyName: user.accessKey, userOrGroup: user.accessKey, isGroup: 'false' };
  await put(root, 'set-user-or-group-policy', grant, Buffer.alloc(0));
}

/** Takes the user away: requests with its keys are refused from now on. One that is not there is no failure. */
export async function removeStoreUser(root: MinioRoot, accessKey: string): Promise<void> {
  await send(root, { method: 'DELETE', call: 'remove-user', query: { accessKey }, body: Buffer.alloc(0) }, [404]);
}

async function put(root: MinioRoot, call: string, query: Record<string, string>, body: Buffer): Promise<void> {
  await send(root, { method: 'PUT', call, query, body });
}

interface AdminCall {
  readonly method: 'PUT' | 'DELETE';
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** `alsoFine`: statuses of a refusal that is none. */
async function send(
  root: MinioRoot,
  { method, call, query, body }: AdminCall,
  alsoFine: readonly number[] = [],
): Promise<void> {
  const path = `/minio/admin/v3/${call}`;
  const sorted = new URLSearchParams(Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))).toString();
  let response: Response;
  try {
    response = await fetch(`http://${root.host}:${root.port}${path}?${sorted}`, {
      method,
      headers: sign(root, { method, path, query: sorted, body, at: new Date() }),
      ...(method === 'PUT' ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  } catch (cause) {
    throw new SovfnError('store-unavailable', `MinIO did not answer "${call}"`, { cause });
  }
  const answer = await response.text();
  if (response.ok || alsoFine.includes(response.status)) return;
  const code = /"Code":"(\w+)"/.exec(answer)?.[1] ?? null;
  throw new SovfnError('store-refused', `MinIO refused "${call}" with ${response.status}: ${answer.trim()}`, {
    facts: { s3Code: code },
  });
}

function isStarting(error: unknown): boolean {
  return isSovfnError(error) && STARTING.has(String(error.facts['s3Code']));
}

interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
  readonly at: Date;
}

function sign(root: MinioRoot, { method, path, query, body, at }: SignedRequest): Record<string, string> {
  const time = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const headers = `host:${root.host}:${root.port}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n`;
  const request = [method, path, query, headers, names, bodyHash].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const key = [day, REGION, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${root.secretKey}`));
  const signature = hmac(key, toSign).toString('hex');
  const credential = `${root.accessKey}/${scope}`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': time,
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** `salt | algorithm | nonce prefix | ciphertext | tag`. Fragment 0 has no content: its tag goes into the next one's label. */
async function seal(secret: string, content: Buffer): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const prefix = randomBytes(NONCE_PREFIX_BYTES);
  const key = await deriveKey(secret, salt, ROUNDS, KEY_BYTES, 'sha256');
  const opening = sealFragment({ key, prefix, number: 0, label: Buffer.alloc(0) }, Buffer.alloc(0));
  const label = Buffer.concat([Buffer.of(FINAL_FRAGMENT), opening]);
  const sealed = sealFragment({ key, prefix, number: 1, label }, content);
  return Buffer.concat([salt, Buffer.of(PBKDF2_AES_GCM), prefix, sealed]);
}

interface Fragment {
  readonly key: Buffer;
  readonly prefix: Buffer;
  readonly number: number;
  readonly label: Buffer;
}

function sealFragment({ key, prefix, number, label }: Fragment, content: Buffer): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32LE(number);
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([prefix, counter]));
  cipher.setAAD(label);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}
