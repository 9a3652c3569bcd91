import type { Handler } from 'sovfn';
import type { Env } from '../sovfn-env.d.ts';

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/') return new Response(`${env.GREETING} ${searchParams.get('name') ?? 'sovfn'}\n`);
    if (pathname === '/echo' && request.method === 'POST') {
      const received: unknown = await request.json();
      return Response.json({ received });
    }
    return Response.json({ detail: `there is no ${request.method} ${pathname}` }, { status: 404 });
  },
} satisfies Handler<Env>;
