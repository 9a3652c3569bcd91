import { Hono } from 'hono';
import type { Env } from '../sovfn-env.d.ts';

const app = new Hono<{ Bindings: Env }>();

app.get('/', (c) => c.json({ notes: '/notes/<name>' }));

app.get('/notes', async (c) => c.json({ names: (await c.env.NOTES.list()).keys }));

app.get('/notes/:name', async (c) => {
  const text = await c.env.NOTES.get(c.req.param('name'));
  return text === null ? c.json({ detail: 'there is no such note' }, 404) : c.text(text);
});

app.put('/notes/:name', async (c) => {
  await c.env.NOTES.put(c.req.param('name'), await c.req.text());
  return c.body(null, 204);
});

export default app;
