/** Node's HTTP server alone: what everything in JavaScript on this machine is bounded by. */
import { serveUntilStdinCloses } from './serve.ts';

await serveUntilStdinCloses((_request, response) => response.end('hello'));
