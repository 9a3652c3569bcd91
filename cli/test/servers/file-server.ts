import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** Requests seen so far. */
  readonly requests: number;
}

/** A real HTTP server on the loopback address whose answers misbehave as the test says. */
export async function startFileServer(answer: (response: ServerResponse) => void): Promise<FileServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/server`,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
