import type { Handler, MessageBatch } from 'sovfn';
import type { Env } from '../sovfn-env.d.ts';

interface Job {
  readonly id: string;
  readonly text: string;
}

export default {
  /** `POST /` takes a text and answers at once; `GET /` lists the results, `GET /<id>` gives one. */
  async fetch(request, env) {
    if (request.method === 'POST') {
      const id = crypto.randomUUID();
      await env.JOBS.send({ id, text: await request.text() } satisfies Job);
      return Response.json({ id }, { status: 202 });
    }
    const id = new URL(request.url).pathname.slice(1);
    if (id === '') return Response.json({ done: (await env.RESULTS.list()).keys });
    const result = await env.RESULTS.get(id);
    return result === null ? Response.json({ detail: 'not yet' }, { status: 404 }) : new Response(result);
  },

  async queue(batch: MessageBatch<Job>, env) {
    for (const message of batch.messages) {
      try {
        await env.RESULTS.put(message.body.id, message.body.text.toUpperCase());
        message.ack();
      } catch (error) {
        // This one comes again; the others of the batch are done.
        console.error(`job ${message.id} failed`, error);
        message.retry();
      }
    }
  },
} satisfies Handler<Env>;
