import { problem } from './problem.ts';

export interface AnalysisRequest {
  /** Not blank. */
  readonly text: string;
  readonly pauseMs: number;
}

const MAX_CHARACTERS = 500_000;
const MAX_PAUSE_MS = 1_000;

/** What the caller asks for, or the answer that says what is wrong with it. Later there is no status to say it with. */
export async function readAnalysisRequest(request: Request): Promise<AnalysisRequest | Response> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^text\/plain\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(contentType)) {
    const detail = `The content type is "${contentType}"; it must be text/plain in UTF-8`;
    return problem({ status: 415, title: 'Unsupported media type', detail });
  }
  const pause = new URL(request.url).searchParams.get('pause') ?? '0';
  if (!/^\d{1,4}$/.test(pause) || Number(pause) > MAX_PAUSE_MS) {
    const detail = `pause is "${pause}"; it must be 0–${MAX_PAUSE_MS} milliseconds`;
    return problem({ status: 400, title: 'Wrong parameter', detail });
  }
  const text = decode(await request.arrayBuffer());
  if (text === null) return problem({ status: 400, title: 'Wrong encoding', detail: 'The text is not UTF-8' });
  if (text.trim() === '') return problem({ status: 400, title: 'Nothing to read', detail: 'The text is empty' });
  if (text.length > MAX_CHARACTERS) {
    const detail = `The text has ${text.length} characters; at most ${MAX_CHARACTERS} are read`;
    return problem({ status: 413, title: 'The text is too long', detail });
  }
  return { text, pauseMs: Number(pause) };
}

/** Null when the bytes are not UTF-8. */
function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
