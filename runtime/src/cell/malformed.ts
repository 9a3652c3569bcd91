import { isSovfnError } from '@sovfn/protocol';

/** Runs `read`; a message that breaks the protocol is said on stderr and dropped, since nobody can be answered. */
export function dropMalformed(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!isSovfnError(error) || error.code !== 'bad-message') throw error;
    process.stderr.write(`${JSON.stringify({ level: 'warn', event: 'malformed-message', reason: error.message })}\n`);
  }
}
