/**
 * Stands in for the tables that @exodus/bytes would bundle (150 KB of Chinese, Japanese and Korean characters): the host
 * keeps them once for all isolates and gives them to the few that decode such a text.
 */
import { host } from '../core/host.guest.ts';
import { parseJson } from '../core/primordials.guest.ts';

function loadEncodings(): unknown {
  return parseJson(host.encodingTables());
}

export { loadEncodings as default };
