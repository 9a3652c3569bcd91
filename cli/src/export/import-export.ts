/** Puts the functions of an export onto the platform: checked to the last byte first, and read again where it is used. */
import { type DeployResponse, PROTOCOL_VERSION, reachChange, shortVersion } from '@sovfn/protocol';
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { printable } from '../printable.ts';
import { readSigningKey } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';
import { type FunctionImport, importFunction, readFunction } from './import-function.ts';
import { openExport } from './read-export.ts';
import { readRecipientSecret } from './secret-keys.ts';

export interface ExportImport {
  readonly folder: string;
  /** Null: all of them. */
  readonly name: string | null;
  /** File with the private key that opens the secrets; null: they are not set. */
  readonly key: string | null;
  /** As it was written; null: that of the environment. */
  readonly signKey: string | null;
  readonly acceptsEgress: boolean;
  /** Nothing is sent. */
  readonly isDry: boolean;
}

export async function importExport(
  { folder, name, key: keyFile, signKey: signKeyFile, acceptsEgress, isDry }: ExportImport,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, say, cwd, json } = context;
  const key = keyFile === null ? null : await readRecipientSecret(keyFile, context);
  const signKey = await readSigningKey(signKeyFile, context);
  const from = await openExport(resolve(cwd, folder), say);
  output.progress(say('import.checked', { files: from.files, time: from.head.exportedAt }));
  if (name !== null && !from.head.functions.includes(name)) {
    throw usageError(
      say('import.no-function', { name }),
      say('import.functions', { names: from.head.functions.join(', ') }),
    );
  }
  const names = name === null ? from.head.functions : [name];
  const deployed: DeployResponse[] = [];
  // All of them are read before the first is put there: an export that cannot be read changes nothing.
  for (const one of names) await readFunction(one, from, key, context);
  for (const one of names) {
    const read = await readFunction(one, from, key, context);
    showPlan(read, context);
    if (isDry) continue;
    const answer = await importFunction(read, { acceptsEgress, signKey }, context);
    if (answer === null) return EXIT.user;
    deployed.push(answer);
    showDeployed(answer, context);
  }
  if (json) output.json({ v: PROTOCOL_VERSION, functions: names, deployed });
  return EXIT.ok;
}

function showPlan(read: FunctionImport, { output, say }: CommandContext): void {
  const { bold, dim, yellow } = output.paintProgress;
  const {
    name,
    code: { version, manifest },
    secrets,
    unopened,
  } = read;
  const told = say('import.function', { zone: manifest.config.residency, secrets: secrets.size });
  output.progress(`${bold(name)} ${dim(`${shortVersion(version)}…`)}  ${told}`);
  for (const origin of reachChange(null, manifest.config).added) {
    output.progress(`  ${say('import.reaches', { origin: printable(origin) })}`);
  }
  if (unopened.length > 0) output.progress(yellow(`  ${say('import.no-key', { names: unopened.join(', ') })}`));
}

function showDeployed({ function: name, urls, missingSecrets }: DeployResponse, context: CommandContext): void {
  const { output, say, json } = context;
  if (!json) output.result(`${output.paint.green('✔')} ${say('import.deployed', { name })}  →  ${urls[0] ?? ''}`);
  for (const secret of missingSecrets) {
    output.progress(output.paintProgress.yellow(say('secrets.missing', { owner: name, name: secret })));
  }
}
