/** Reads server-sent events (WHATWG HTML § 9.2) from the control API: a peer that is trusted, but may be cut off anywhere. */
export interface ServerEvent {
  readonly type: string;
  /** The last id that the peer has sent, with this event or before it; empty when there was none. */
  readonly id: string;
  readonly data: string;
}

/** An event longer than this is no log line. Characters. */
const EVENT_CHARACTERS = 1024 * 1024;

/** Yields each complete event; comments (heartbeats) yield null, so that whoever reads knows that the peer lives. */
export async function* readServerEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent | null> {
  const decoder = new TextDecoder();
  let rest = '';
  let type = 'message';
  let id = '';
  let data: string[] = [];
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > EVENT_CHARACTERS)
      throw new RangeError(`a server-sent event exceeds ${EVENT_CHARACTERS} characters`);
    for (const line of lines) {
      if (line.startsWith(':')) yield null;
      else if (line.startsWith('event: ')) type = line.slice('event: '.length);
      else if (line.startsWith('id: ')) id = line.slice('id: '.length);
      else if (line.startsWith('data: ')) data.push(line.slice('data: '.length));
      else if (line === '' && data.length > 0) {
        yield { type, id, data: data.join('\n') };
        type = 'message';
        data = [];
      }
    }
  }
}
