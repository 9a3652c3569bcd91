/** What a guest's CompressionStream and DecompressionStream ask of the host. Arguments are hostile. */
import { CODEC_INPUT_BYTES, type HostOperations } from '../../bridge/contract.ts';
import { isCodecFormat } from './codec.ts';
import type { Codecs } from './codecs.ts';
import { buffer, count, text } from './guest-arguments.ts';
import type { HostWork } from './host-work.ts';

const FORMAT_LENGTH = 16;

export type CompressionOperations = Pick<
  HostOperations,
  'openCodec' | 'writeCodec' | 'endCodec' | 'readCodec' | 'closeCodec'
>;

export function makeCompressionOperations(codecs: Codecs, work: HostWork): CompressionOperations {
  return {
    openCodec: (call, format, isCompressing) => {
      const name = text(format, FORMAT_LENGTH);
      if (!isCodecFormat(name)) throw new TypeError('openCodec: unknown format');
      return codecs.open(count(call), name, isCompressing === true ? 'compress' : 'decompress');
    },
    writeCodec: (codec, bytes) => {
      const input = new Uint8Array(buffer(bytes));
      if (input.length > CODEC_INPUT_BYTES) throw new RangeError(`a chunk may have ${CODEC_INPUT_BYTES} bytes`);
      codecs.get(count(codec)).write(input);
    },
    endCodec: (codec) => codecs.get(count(codec)).end(),
    readCodec: (call, operation, codec) => {
      count(codec);
      work.start({
        call: count(call),
        operation: count(operation),
        bytes: 0,
        run: () => codecs.read(codec),
        toValue: (piece: Uint8Array | null) => (piece === null ? undefined : new Uint8Array(piece).buffer),
      });
    },
    closeCodec: (codec) => codecs.close(count(codec)),
  };
}
