import { DECODED_BYTES } from '../../bridge/contract.ts';
import { between, buffer } from './guest-arguments.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** For the operation `decodeUtf8`. Hostile: `bytes`. */
export function decodeUtf8(bytes: unknown): string {
  const checked = buffer(bytes);
  between(checked.byteLength, 1, DECODED_BYTES);
  return decoder.decode(checked);
}
