/** The bundle of a function behind Node's HTTP server: what Node alone does with the same code. */
import { pathToFileURL } from 'node:url';
import { serveUntilStdinCloses } from './serve.ts';

const [, , file = ''] = process.argv;
const { default: handler } = (await import(pathToFileURL(file).href)) as {
  readonly default: { readonly fetch: (request: Request) => Promise<Response> };
};

await serveUntilStdinCloses((incoming, outgoing) => {
  const pieces: Buffer[] = [];
  incoming.on('data', (piece: Buffer) => pieces.push(piece));
  incoming.on('end', () => {
    const { method = 'GET', url = '/' } = incoming;
    const body = pieces.length === 0 ? null : Buffer.concat(pieces);
    handler.fetch(new Request(`http://127.0.0.1${url}`, { method, body })).then(
      async (response) => {
        outgoing.writeHead(response.status, [...response.headers].flat());
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      },
      () => outgoing.writeHead(500).end(),
    );
  });
});
