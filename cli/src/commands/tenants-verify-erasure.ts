import { verifyErasure } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { readNamedFile } from '../read-named-file.ts';
import { renderCertificate } from '../render-erasure.ts';
import { readVerifyingKey } from '../verifying-key.ts';

export const tenantsVerifyErasure = defineCommand({
  examples: [
    'tenants verify-erasure acme-erasure.json',
    'tenants verify-erasure acme-erasure.json --key platform-key.json',
  ],
  args: { key: { type: 'string', value: 'file', summary: 'receipts.key' } },
  positionals: { certificate: { summary: 'argument.certificate' } },
  async handler({ certificate: file, key }, context) {
    const { output, say, json } = context;
    const publicKey = await readVerifyingKey(key, context);
    const certificate = verifyErasure(await readNamedFile(file, context), publicKey);
    if (json) output.json({ v: 1, valid: true, tenant: certificate.tenant, erasedAt: certificate.erasedAt });
    else
      output.result(
        [`${output.paint.green('✔')} ${say('erasure.valid')}`, renderCertificate(certificate, context)].join('\n\n'),
      );
    return EXIT.ok;
  },
});
