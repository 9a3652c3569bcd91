import { UnusableFileError } from '../problem.ts';

/**
 * The text of a posted CSV file. Its encoding is the `charset` of the content type, UTF-8 without one; it is never guessed,
 * because a wrong guess would spoil names without a word. Throws UnusableFileError.
 */
export async function readCsvText(request: Request): Promise<string> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^text\/csv\s*(?:;|$)/i.test(contentType)) {
    const detail = `The content type is "${contentType}"; it must be text/csv`;
    throw new UnusableFileError({ status: 415, title: 'Unsupported media type', detail });
  }
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  return decode(await request.arrayBuffer(), charset);
}

function decode(bytes: ArrayBuffer, charset: string): string {
  const decoder = decoderFor(charset);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const detail = `The file is not ${decoder.encoding}; say its encoding, such as "text/csv; charset=windows-1252"`;
    throw new UnusableFileError({ status: 400, title: 'The file cannot be decoded', detail });
  }
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail = `"${charset}" is no encoding that the Encoding Standard knows`;
    throw new UnusableFileError({ status: 415, title: 'Unsupported charset', detail });
  }
}
