import type { Handler } from 'sovfn';
import type { Env } from '../sovfn-env.d.ts';

const PARIS_DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });

export default {
  /** A tick may run again after a failure: it has the same `scheduledTime`, and writes the same report. */
  async scheduled({ scheduledTime, name }, env) {
    const day = PARIS_DAY.format(scheduledTime);
    await env.REPORTS.put(`${day}.txt`, `report of ${day}\n`, { contentType: 'text/plain; charset=utf-8' });
    console.log(`${name}: report of ${day} is written`);
  },

  /** `GET /` lists the reports, `GET /<yyyy>-<mm>-<dd>` gives one. */
  async fetch(request, env) {
    const day = new URL(request.url).pathname.slice(1);
    if (day === '') return Response.json({ reports: (await env.REPORTS.list()).objects.map(({ key }) => key) });
    const report = await env.REPORTS.get(`${day}.txt`);
    if (report === null) return Response.json({ detail: 'there is no such report' }, { status: 404 });
    return new Response(report.body, { headers: { 'content-type': report.contentType ?? 'text/plain' } });
  },
} satisfies Handler<Env>;
