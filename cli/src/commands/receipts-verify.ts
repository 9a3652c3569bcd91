import { SovfnError, verifyReceipt } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { renderReceipt } from '../render-receipt.ts';

export const receiptsVerify = defineCommand({
  examples: ['receipts verify receipt.json', 'receipts verify receipt.json --key platform-key.json'],
  args: { key: { type: 'string', value: 'file', summary: 'receipts.key' } },
  positionals: { receipt: { summary: 'argument.receipt' } },
  async handler({ receipt: file, key }, context) {
    const { output, say, json, cwd } = context;
    const { readPlatformKey } = await import('@sovfn/bus');
    const publicKey = await readPlatformKey(key === null ? await currentKeyFile(context) : resolve(cwd, key));
    const receipt = verifyReceipt(await readReceipt(resolve(cwd, file), context), publicKey);
    if (json) output.json({ v: 1, valid: true, invocation: receipt.gateway.call.invocation });
    else
      output.result([`${output.paint.green('✔')} ${say('receipts.valid')}`, renderReceipt(receipt, say)].join('\n\n'));
    return EXIT.ok;
  },
});

/** Needs the platform's data folder, not the platform. */
async function currentKeyFile({ env, say }: CommandContext): Promise<string> {
  const { platformKeyFile } = await import('../platform/index.ts');
  const file = await platformKeyFile(env);
  if (file !== null) return file;
  throw new SovfnError('no-platform', say('receipts.no-key'), { hint: say('receipts.no-key.hint') });
}

async function readReceipt(file: string, { say }: CommandContext): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SovfnError('config-not-found', say('receipts.unreadable', { file, reason: (cause as Error).message }), {
      cause,
    });
  }
}
