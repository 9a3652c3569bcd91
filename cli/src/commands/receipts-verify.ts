import { verifyReceipt } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { readNamedFile } from '../read-named-file.ts';
import { renderReceipt } from '../render-receipt.ts';
import { readVerifyingKey } from '../verifying-key.ts';

export const receiptsVerify = defineCommand({
  examples: ['receipts verify receipt.json', 'receipts verify receipt.json --key platform-key.json'],
  args: { key: { type: 'string', value: 'file', summary: 'receipts.key' } },
  positionals: { receipt: { summary: 'argument.receipt' } },
  async handler({ receipt: file, key }, context) {
    const { output, say, json } = context;
    const publicKey = await readVerifyingKey(key, context);
    const receipt = verifyReceipt(await readNamedFile(file, context), publicKey);
    if (json) output.json({ v: 1, valid: true, invocation: receipt.gateway.call.invocation });
    else
      output.result([`${output.paint.green('✔')} ${say('receipts.valid')}`, renderReceipt(receipt, say)].join('\n\n'));
    return EXIT.ok;
  },
});
