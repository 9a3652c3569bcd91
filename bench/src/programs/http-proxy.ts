/**
 * An HTTP proxy with open connections to one server behind it: `http-proxy.ts <port>`. The shape of platforms like OpenFaaS,
 * whose gateway sends each call on by HTTP to the process of its function.
 */
import { Agent, request } from 'node:http';
import { serveUntilStdinCloses } from './serve.ts';

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

await serveUntilStdinCloses((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const sent = request({ agent, host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  sent.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  incoming.pipe(sent);
});
