import { assertReceiptInZone, jsonOrNull, type NamedZone, verifyReceipt, zoneDefinitionSchema } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readNamedFile } from '../read-named-file.ts';
import { renderReceipt } from '../render-receipt.ts';
import { readVerifyingKey } from '../verifying-key.ts';
import { TranslatedError } from '../translated-error.ts';

export const receiptsVerify = defineCommand({
  examples: [
    'receipts verify receipt.json',
    'receipts verify receipt.json --key platform-key.json',
    'receipts verify receipt.json --zone secnum.json',
  ],
  args: {
    key: { type: 'string', value: 'file', summary: 'receipts.key' },
    zone: { type: 'string', value: 'file', summary: 'receipts.zone' },
  },
  positionals: { receipt: { summary: 'argument.receipt' } },
  async handler({ receipt: file, key, zone }, context) {
    const { output, say, json } = context;
    const publicKey = await readVerifyingKey(key, context);
    const receipt = verifyReceipt(await readNamedFile(file, context), publicKey);
    if (zone !== null) assertReceiptInZone(receipt, await readZone(zone, context));
    if (json) output.json({ v: 1, valid: true, invocation: receipt.gateway.call.invocation });
    else
      output.result(
        [`${output.paint.green('✔')} ${say('receipts.valid')}`, renderReceipt(receipt, context)].join('\n\n'),
      );
    return EXIT.ok;
  },
});

async function readZone(file: string, context: CommandContext): Promise<NamedZone> {
  const parsed = zoneDefinitionSchema.safeParse(jsonOrNull(await readNamedFile(file, context)));
  if (parsed.success) return parsed.data.zone;
  const { say } = context;
  throw new TranslatedError('config-invalid', say('receipts.zone-unreadable', { file }), {
    hint: say('receipts.zone-unreadable.hint'),
  });
}
