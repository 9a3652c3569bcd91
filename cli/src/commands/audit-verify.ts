import { AuditLogCheck, isAuditExport, isSovfnError, readAuditCopy, verifyAuditExport } from '@sovfn/protocol';
import type { AuditClient } from '../api/audit-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readNamedFile } from '../read-named-file.ts';
import { usageError } from '../usage-errors.ts';
import { readVerifyingKey } from '../verifying-key.ts';

export const auditVerify = defineCommand({
  examples: [
    'audit verify',
    'audit verify --copy /mnt/other/audit-checkpoints-gw-1.jsonl',
    'audit verify --archive',
    'audit verify acme.json --key platform-key.json',
  ],
  args: {
    key: { type: 'string', value: 'file', summary: 'receipts.key' },
    copy: { type: 'strings', value: 'file', summary: 'audit.copy' },
    archive: { type: 'boolean', summary: 'audit.archive' },
  },
  positionals: { export: { optional: true, summary: 'argument.audit-export' } },
  async handler({ export: file, key, copy, archive }, context) {
    if (file !== null) assertOfExport({ copy, archive }, context);
    const publicKey = await readVerifyingKey(key, context);
    if (file !== null) return verifyFile(file, publicKey, context);
    const copies = copy.length > 0 ? copy : await copiesOfCurrentPlatform(context);
    return verifyLog({ publicKey, copies, onlyArchive: archive }, context);
  },
});

/** An export is whole by itself: what is compared with the log has no part in it. */
function assertOfExport(
  { copy, archive }: { copy: readonly string[]; archive: boolean },
  { say }: CommandContext,
): void {
  if (!archive && copy.length === 0) return;
  const option = archive ? 'archive' : 'copy';
  throw usageError(say('audit.not-of-export', { option }), say('audit.not-of-export.hint'));
}

async function verifyFile(file: string, publicKey: string, context: CommandContext): Promise<number> {
  const { output, say, json } = context;
  const text = await readNamedFile(file, context);
  if (!isAuditExport(text)) throw usageError(say('audit.no-export', { file }), say('audit.no-export.hint'));
  const { tenant, checkpoint, entries } = verifyAuditExport(text, publicKey);
  if (json) output.json({ v: 1, valid: true, tenant, entries: entries.length, size: checkpoint.size });
  else output.result(`${output.paint.green('✔')} ${say('audit.export-valid', { count: entries.length, tenant })}`);
  return EXIT.ok;
}

interface LogVerification {
  readonly publicKey: string;
  /** Files with checkpoints. */
  readonly copies: readonly string[];
  /** Only what is in the object store, such as after the log on the bus was lost. */
  readonly onlyArchive: boolean;
}

/** Reads the whole log, and its copies in the object store before it: so the log must know all that these know. */
async function verifyLog(
  { publicKey, copies, onlyArchive }: LogVerification,
  context: CommandContext,
): Promise<number> {
  const { output, say, json } = context;
  const roots = await Promise.all(copies.map(async (file) => readAuditCopy(await readNamedFile(file, context))));
  const { audit } = await context.connectAsOperator();
  const archived =
    onlyArchive || (await audit.page(1, 'bus')).hasArchive ? await readArchive(audit, publicKey, context) : null;
  const known = archived === null ? roots : [...roots, archived.roots];
  const source = onlyArchive ? 'archive' : 'bus';
  const checks = (known.length === 0 ? [undefined] : known).map((copy) => new AuditLogCheck(publicKey, copy));
  for await (const record of recordsOf(audit, source)) for (const check of checks) check.add(record);
  for (const check of checks) check.end();
  const { size } = checks[0]!;
  if (json) output.json({ v: 1, valid: true, entries: size, copies: copies.length, archived: archived?.size ?? null });
  else
    output.result(
      `${output.paint.green('✔')} ${say(onlyArchive ? 'audit.archive-valid' : 'audit.valid', { count: size })}`,
    );
  if (!onlyArchive && archived !== null) output.progress(say('audit.archived', { count: archived.size }));
  output.progress(copies.length === 0 ? say('audit.no-copy') : say('audit.copies', { files: copies.join(', ') }));
  return EXIT.ok;
}

/** Throws `audit-invalid`, having said that it is the copies that do not verify. */
async function readArchive(audit: AuditClient, publicKey: string, { output, say }: CommandContext) {
  const check = new AuditLogCheck(publicKey);
  const roots = new Map<number, string>();
  try {
    for await (const record of recordsOf(audit, 'archive')) {
      const { checkpoint } = check.add(record);
      roots.set(checkpoint.size, checkpoint.root);
    }
  } catch (error) {
    if (isSovfnError(error) && error.code === 'audit-invalid') output.progress(say('audit.archive-invalid'));
    throw error;
  }
  return { roots, size: check.size };
}

async function* recordsOf(audit: AuditClient, source: 'bus' | 'archive'): AsyncGenerator<string> {
  for (let from: number | null = 1; from !== null;) {
    const page = await audit.page(from, source);
    yield* page.records;
    from = page.next;
  }
}

/** Of a platform that `sovfn up` runs on this machine. */
async function copiesOfCurrentPlatform({ env }: CommandContext): Promise<string[]> {
  const { auditCopyFile } = await import('../platform/index.ts');
  const file = await auditCopyFile(env);
  return file === null ? [] : [file];
}
