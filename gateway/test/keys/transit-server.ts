/**
 * The transit engine as far as docs/encryption.md uses it, after the documented HTTP API of OpenBao and Vault: keys with versions,
 * encrypt and decrypt with associated data, tokens, a seal. No such server can be built where these tests run.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

interface TransitKey {
  readonly versions: Buffer[];
  isDeletable: boolean;
}

interface Reply {
  readonly status: number;
  readonly body?: object;
}

const bodySchema = z.strictObject({
  type: z.literal('aes256-gcm96').optional(),
  plaintext: z.base64().optional(),
  ciphertext: z.string().optional(),
  associated_data: z.base64().optional(),
  deletion_allowed: z.boolean().optional(),
});

const refusal = (status: number, reason: string): Reply => ({ status, body: { errors: [reason] } });
const DONE: Reply = { status: 204 };

export class TransitServer implements AsyncDisposable {
  readonly keys = new Map<string, TransitKey>();
  readonly #server = createServer((request, response) => {
    if (this.state === 'silent') return;
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  token = randomBytes(16).toString('hex');
  state: 'serving' | 'sealed' | 'silent' | 'broken' = 'serving';
  /** May the token delete keys? */
  mayDelete = true;

  static async start(): Promise<TransitServer> {
    const server = new TransitServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  rotate(name: string): void {
    this.keys.get(name)!.versions.push(randomBytes(32));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    if (this.state === 'sealed') return refusal(503, 'Vault is sealed');
    if (request.headers['x-vault-token'] !== this.token) return refusal(403, 'permission denied');
    if (this.state === 'broken') return { status: 200, body: { data: { ciphertext: 'vault:v1:', plaintext: 'bm8=' } } };
    const [, operation, name, more] = /^\/v1\/transit\/(keys|encrypt|decrypt)\/([a-z0-9-]+)(\/config)?$/.exec(
      request.url!,
    )!;
    const body = request.method === 'POST' ? bodySchema.parse(await json(request)) : {};
    const key = this.keys.get(name!);
    if (operation === 'keys') return this.#change(request.method!, name!, more !== undefined, body);
    if (key === undefined) return refusal(400, 'encryption key not found');
    return operation === 'encrypt' ? encrypt(key, body) : decrypt(key, body);
  }

  #change(method: string, name: string, isConfig: boolean, body: z.output<typeof bodySchema>): Reply {
    const key = this.keys.get(name);
    if (method === 'GET') return key === undefined ? { status: 404, body: { errors: [] } } : { status: 200, body: {} };
    if (method === 'POST' && !isConfig) {
      if (key === undefined) this.keys.set(name, { versions: [randomBytes(32)], isDeletable: false });
      return DONE;
    }
    if (!this.mayDelete) return refusal(403, 'permission denied');
    if (key === undefined) return refusal(400, 'no existing key could be found');
    if (method === 'POST') key.isDeletable = body.deletion_allowed === true;
    else if (!key.isDeletable) return refusal(400, 'deletion is not allowed for this key');
    else this.keys.delete(name);
    return DONE;
  }
}

function encrypt({ versions }: TransitKey, body: z.output<typeof bodySchema>): Reply {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1)!, nonce).setAAD(
    Buffer.from(body.associated_data!, 'base64'),
  );
  const text = Buffer.concat([cipher.update(Buffer.from(body.plaintext!, 'base64')), cipher.final()]);
  const bytes = Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
  return {
    status: 200,
    body: { data: { ciphertext: `vault:v${versions.length}:${bytes}`, key_version: versions.length } },
  };
}

function decrypt({ versions }: TransitKey, body: z.output<typeof bodySchema>): Reply {
  const [, version, text] = body.ciphertext!.split(':');
  const bytes = Buffer.from(text!, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', versions[Number(version!.slice(1)) - 1]!, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(body.associated_data!, 'base64')).setAuthTag(bytes.subarray(-16));
    const plaintext = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('base64');
    return { status: 200, body: { data: { plaintext } } };
  } catch {
    return refusal(400, 'cipher: message authentication failed');
  }
}
