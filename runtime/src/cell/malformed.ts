import { isSovfnError } from '@sovfn/protocol';

/** Runs `read`; a message that breaks the protocol is said on stderr and dropped (null), since nobody can be answered. */
export function dropMalformed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!isSovfnError(error) || error.code !== 'bad-message') throw error;
    process.stderr.write(`${JSON.stringify({ level: 'warn', event: 'malformed-message', reason: error.message })}\n`);
    return null;
  }
}
