import type { HeaderBlock } from '@sovfn/protocol';
import type { Socket } from 'node:net';
import type { PlainHead } from './read-head.ts';

/** A plain request with its whole body, which is a view of what the socket has read. */
export class PlainRequest {
  readonly method: string;
  readonly url: string;
  /** Those of Node's form that decide where a request goes. */
  readonly headers: { readonly host: string };
  /** Those that a function gets, without what the platform adds. */
  readonly block: HeaderBlock;
  readonly body: Buffer;
  /** Nothing of it is still to come. */
  readonly complete = true;
  readonly socket: Socket;

  constructor({ method, url, host, block }: PlainHead, body: Buffer, socket: Socket) {
    this.method = method;
    this.url = url;
    this.headers = { host };
    this.block = block;
    this.body = body;
    this.socket = socket;
  }
}
