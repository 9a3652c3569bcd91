import handler from '../src/index.ts';

export interface ReadEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

export function call(path: string, init: RequestInit): Promise<Response> {
  return handler.fetch(new Request(`https://sovfn.example${path}`, init));
}

export function postText(body: BodyInit, options: { path?: string; contentType?: string } = {}): Promise<Response> {
  const headers = { 'content-type': options.contentType ?? 'text/plain; charset=utf-8' };
  return call(options.path ?? '/', { method: 'POST', headers, body });
}

/** The events of a whole stream; each block must be exactly `id`, `event`, `data`. */
export async function eventsOf(answer: Response): Promise<ReadEvent[]> {
  const blocks = (await answer.text()).split('\n\n');
  if (blocks.pop() !== '') throw new Error('the stream does not end with a blank line');
  return blocks.map((block) => {
    const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (id === undefined || event === undefined || data === undefined) throw new Error(`no event: "${block}"`);
    return { id, event, data: JSON.parse(data) as unknown };
  });
}

export async function resultOf(text: string): Promise<unknown> {
  const events = await eventsOf(await postText(text));
  return events.at(-1)?.data;
}
