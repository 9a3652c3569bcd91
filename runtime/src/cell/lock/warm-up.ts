import { createHash, generateKeySync, randomBytes } from 'node:crypto';
import { SourceMap } from 'node:module';

/** Has Node load now what it loads at first use: under the lock nothing is read from a file any more. */
export function warmUp(): void {
  randomBytes(1);
  createHash('sha256').update('').digest();
  generateKeySync('aes', { length: 128 });
  new SourceMap({ version: 3, file: '', sources: [], sourcesContent: [], names: [], mappings: '', sourceRoot: '' });
  new Intl.DateTimeFormat('fr', { timeZone: 'Europe/Paris', dateStyle: 'full' }).format(0);
  // The getter resolves the stack's source positions, which loads Node's code for it.
  void new Error('warm-up').stack;
}
