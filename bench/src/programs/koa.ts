/** Koa alone: the gateway's framework without a platform behind it. */
import Koa from 'koa';
import { serveUntilStdinCloses } from './serve.ts';

const app = new Koa();
app.use((context) => {
  context.body = 'hello';
});
const handle = app.callback();
await serveUntilStdinCloses((request, response) => void handle(request, response));
