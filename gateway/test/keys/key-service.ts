/** A key service as docs/encryption.md describes it: the reference for whoever writes one. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const requestSchema = z.strictObject({
  v: z.literal(1),
  tenant: z.string(),
  context: z.string(),
  key: z.base64().optional(),
  keyId: z.string().optional(),
  wrapped: z.base64().optional(),
});

export class KeyService implements AsyncDisposable {
  readonly token = randomBytes(16).toString('hex');
  readonly #tenantKeys = new Map<string, Buffer>();
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
  });
  /** Answers of the service, as its owner decides. */
  state: 'serving' | 'revoked' | 'broken' = 'serving';
  requests = 0;

  static async start(): Promise<KeyService> {
    const service = new KeyService();
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    this.requests++;
    if (request.headers.authorization !== `Bearer ${this.token}`) return { status: 401, body: {} };
    if (this.state === 'revoked') return { status: 403, body: {} };
    if (this.state === 'broken') return { status: 200, body: { key: 'bm8=', keyId: '', wrapped: '' } };
    const { tenant, context, key, wrapped } = requestSchema.parse(await json(request));
    if (request.url === '/v1/wrap')
      return { status: 200, body: { keyId: `${tenant}-1`, wrapped: this.#wrap(tenant, context, key!) } };
    if (request.url === '/v1/unwrap') return { status: 200, body: { key: this.#unwrap(tenant, context, wrapped!) } };
    return { status: 404, body: {} };
  }

  #wrap(tenant: string, context: string, key: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(tenant), nonce).setAAD(Buffer.from(context));
    const text = Buffer.concat([cipher.update(Buffer.from(key, 'base64')), cipher.final()]);
    return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
  }

  #unwrap(tenant: string, context: string, wrapped: string): string {
    const bytes = Buffer.from(wrapped, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(tenant), bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('base64');
  }

  #keyOf(tenant: string): Buffer {
    const known = this.#tenantKeys.get(tenant) ?? randomBytes(32);
    this.#tenantKeys.set(tenant, known);
    return known;
  }
}
