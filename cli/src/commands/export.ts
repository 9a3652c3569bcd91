import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { basename, resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { ExportedParts } from '../export/export-function.ts';
import { formatBytes } from '../format.ts';
import { printable } from '../printable.ts';
import { usageError } from '../usage-errors.ts';

export const exportTenant = defineCommand({
  examples: ['export --out taken --key export-key.pub.pem', 'export invoice --out taken --key export-key.pub.pem'],
  args: {
    out: { type: 'string', short: 'o', value: 'folder', summary: 'export.out' },
    key: { type: 'string', value: 'file', summary: 'export.key' },
  },
  positionals: { function: { optional: true, summary: 'export.function-argument' } },
  async handler({ function: name, out, key }, context) {
    const { connect, cwd, output, say, json } = context;
    if (out === null) throw usageError(say('export.no-out'), say('export.no-out.hint'));
    const { readRecipient } = await import('../export/secret-keys.ts');
    const { exportFunction } = await import('../export/export-function.ts');
    const recipient = key === null ? null : await readRecipient(key, context);
    const client = await connect();
    const names = name === null ? (await client.listFunctions()).functions.map((one) => one.name) : [name];
    await using folder = await makeFolder(resolve(cwd, out), names, context);
    const functions: ExportedParts[] = [];
    for (const one of names) {
      const parts = await exportFunction(one, { client, folder, recipient, say });
      functions.push(parts);
      show(parts, context);
    }
    await folder.end();
    if (recipient === null) output.progress(output.paintProgress.yellow(say('export.no-secrets')));
    if (json) output.json({ v: PROTOCOL_VERSION, folder: resolve(cwd, out), functions });
    else output.result(say('export.done', { folder: basename(out), count: names.length }));
    return EXIT.ok;
  },
});

async function makeFolder(folder: string, functions: string[], { say }: CommandContext) {
  const { ExportFolder } = await import('../export/export-folder.ts');
  const exportedAt = new Date().toISOString();
  try {
    return await ExportFolder.make(folder, { v: PROTOCOL_VERSION, format: 'sovfn-export', exportedAt, functions });
  } catch (error) {
    const { code, message: reason } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw usageError(say('export.exists', { folder }), say('export.exists.hint'));
    throw usageError(say('file.unwritable', { file: folder, reason }), say('file.unwritable.hint'));
  }
}

function show(parts: ExportedParts, { output, say, locale }: CommandContext): void {
  const { bold, green, yellow } = output.paintProgress;
  const { name, secrets, outputs, outputBytes, events, unendedEvents, receipts, damaged } = parts;
  const told = say('export.function', { secrets, outputs, size: formatBytes(outputBytes, locale), events, receipts });
  output.progress(`${green('✔')} ${bold(name)}  ${told}`);
  if (unendedEvents > 0) output.progress(yellow(`  ${say('export.unended', { count: unendedEvents })}`));
  const lost = [...damaged.outputs, ...damaged.events];
  if (lost.length > 0) output.progress(yellow(`  ${say('export.damaged', { ids: printable(lost.join(', ')) })}`));
}
