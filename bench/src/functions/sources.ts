/** Functions that are measured, as their authors would write them. JavaScript, so that workerd runs the same text. */
export const HELLO = `export default { async fetch() { return new Response('hello'); } };\n`;

/** The same with a line of log for each call. */
export const LOGGING = `export default { async fetch() { console.log('a line of a usual length, of a call'); return new Response('hello'); } };\n`;

/** The default of 100 calls at a time would refuse some of 256 connections. */
export const HELLO_CONCURRENCY = { concurrency: 1_000 };

/** Its own text each time, so that no two functions share a bundle or a code cache. */
export function helloNumber(number: number): string {
  return `export default { async fetch() { return new Response('hello', { headers: { 'x-number': '${number}' } }); } };\n`;
}

/** Each call of FAN_OUT. */
export const FETCHES = 8;

/** Fetches addresses below the query's `target` at once and answers with all that they answer. */
export const FAN_OUT = `export default {
  async fetch(request) {
    const target = new URL(request.url).searchParams.get('target');
    const asked = Array.from({ length: ${FETCHES} }, async (_, number) => (await fetch(target + number)).text());
    return new Response((await Promise.all(asked)).join(''));
  },
};
`;

/** Reads the request's body and answers with the number of bytes. */
export const COUNT_UPLOAD = `export default {
  async fetch(request) {
    let bytes = 0;
    const reader = request.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    return new Response(String(bytes));
  },
};
`;

/** Answers with as many bytes as the query asks for, made piece by piece while they are read. */
export const STREAM_RESPONSE = `export default {
  async fetch(request) {
    let left = Number(new URL(request.url).searchParams.get('bytes'));
    const body = new ReadableStream({
      pull(controller) {
        if (left === 0) return controller.close();
        const piece = new Uint8Array(Math.min(left, 65536));
        left -= piece.length;
        controller.enqueue(piece);
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/octet-stream' } });
  },
};
`;
