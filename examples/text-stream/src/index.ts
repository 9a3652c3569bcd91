import type { Handler } from 'sovfn';
import { analyseText } from './analysis/analyse-text.ts';
import { eventStream } from './event-stream.ts';
import { problem } from './problem.ts';
import { readAnalysisRequest } from './analysis-request.ts';

/**
 * Reads a French text: `POST` it, and the answer is a stream of server-sent events, `progress` while it works through the
 * text and one `result` at the end. `?pause=100` waits as many milliseconds between events.
 */
export default {
  async fetch(request) {
    if (request.method !== 'POST') {
      const detail = `${request.method} is not possible here: POST a text`;
      return problem({ status: 405, title: 'Method not allowed', detail }, { allow: 'POST' });
    }
    const wanted = await readAnalysisRequest(request);
    if (wanted instanceof Response) return wanted;
    return new Response(eventStream(analyseText(wanted.text, { pauseMs: wanted.pauseMs })), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  },
} satisfies Handler;
