/**
 * Loaded with `--import` before a platform: its gateway, node and cells then keep in clear text what they would encrypt in one piece
 * (payloads of events, logs, secrets, values of `kv` bindings, code), in the same form and with all that surrounds the cipher: the
 * same keys, places and copies. For the one measurement that asks what the cipher costs; the product has no such switch.
 */
import { fileURLToPath } from 'node:url';
import { append, changeSources, inCells, inServices } from './changed-sources.ts';

const IN_CLEAR = `
  sealPiece = (key, place, bytes) => {
    const piece = Buffer.alloc(bytes.length + PIECE_OVERHEAD);
    writeHead(piece, 'piece', key.name.generation);
    piece.set(bytes, TEXT_AT);
    key.sealed++;
    return piece;
  };
  openPiece = (key, place, piece) => {
    readHead(piece, 'piece', place);
    return piece.subarray(TEXT_AT, -TAG_BYTES);
  };
`;

const CELLS_IN_CLEAR = `{
  name: 'in-clear',
  setup: (bundler) => bundler.onLoad({ filter: /bus\\/src\\/encryption\\/sealed-piece\\.ts$/ }, ({ path }) => ({
    contents: process.getBuiltinModule('node:fs').readFileSync(path, 'utf8') + ${JSON.stringify(IN_CLEAR)}, loader: 'ts',
  })),
}`;

changeSources({
  'cli/src/platform/part-commands.ts': inServices(fileURLToPath(import.meta.url)),
  'bus/src/encryption/sealed-piece.ts': append(IN_CLEAR),
  'runtime/src/supervisor/programs.ts': inCells(CELLS_IN_CLEAR),
});
