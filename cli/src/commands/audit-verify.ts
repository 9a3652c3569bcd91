import { AuditLogCheck, readAuditCopy, verifyAuditExport } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readNamedFile } from '../read-named-file.ts';
import { readVerifyingKey } from '../verifying-key.ts';

export const auditVerify = defineCommand({
  examples: [
    'audit verify',
    'audit verify --copy /mnt/other/audit-checkpoints-gw-1.jsonl',
    'audit verify acme.json --key platform-key.json',
  ],
  args: {
    key: { type: 'string', value: 'file', summary: 'receipts.key' },
    copy: { type: 'strings', value: 'file', summary: 'audit.copy' },
  },
  positionals: { export: { optional: true, summary: 'argument.audit-export' } },
  async handler({ export: file, key, copy }, context) {
    const publicKey = await readVerifyingKey(key, context);
    return file === null ? verifyLog(publicKey, copy, context) : verifyFile(file, publicKey, context);
  },
});

async function verifyFile(file: string, publicKey: string, context: CommandContext): Promise<number> {
  const { output, say, json } = context;
  const { tenant, checkpoint, entries } = verifyAuditExport(await readNamedFile(file, context), publicKey);
  if (json) output.json({ v: 1, valid: true, tenant, entries: entries.length, size: checkpoint.size });
  else output.result(`${output.paint.green('✔')} ${say('audit.export-valid', { count: entries.length, tenant })}`);
  return EXIT.ok;
}

/** Reads the whole log; each copy is compared. */
async function verifyLog(publicKey: string, named: readonly string[], context: CommandContext): Promise<number> {
  const { output, say, json } = context;
  const copies = named.length > 0 ? named : await copiesOfCurrentPlatform(context);
  const roots = await Promise.all(copies.map(async (file) => readAuditCopy(await readNamedFile(file, context))));
  const checks = (roots.length === 0 ? [undefined] : roots).map((copy) => new AuditLogCheck(publicKey, copy));
  const { audit } = await context.connectAsOperator();
  for (let from: number | null = 1; from !== null;) {
    const page = await audit.page(from);
    for (const record of page.records) for (const check of checks) check.add(record);
    from = page.next;
  }
  for (const check of checks) check.end();
  const { size } = checks[0]!;
  if (json) output.json({ v: 1, valid: true, entries: size, copies: copies.length });
  else output.result(`${output.paint.green('✔')} ${say('audit.valid', { count: size })}`);
  output.progress(copies.length === 0 ? say('audit.no-copy') : say('audit.copies', { files: copies.join(', ') }));
  return EXIT.ok;
}

/** Of a platform that `sovfn up` runs on this machine. */
async function copiesOfCurrentPlatform({ env }: CommandContext): Promise<string[]> {
  const { auditCopyFile } = await import('../platform/index.ts');
  const file = await auditCopyFile(env);
  return file === null ? [] : [file];
}
