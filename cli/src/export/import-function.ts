/** Puts one function of an export onto the platform: secrets first, then code and settings, then what was paused. */
import {
  type DeployResponse,
  exportedFunctionSchema,
  exportedSecretsSchema,
  manifestSchema,
  PROTOCOL_VERSION,
  type SigningKey,
} from '@sovfn/protocol';
import type { KeyObject } from 'node:crypto';
import type { Deployable } from '../api/deploy-build.ts';
import { deployAskingForEgress } from '../ask-for-egress.ts';
import { signBuild } from '../sign-build.ts';
import type { CommandContext } from '../context.ts';
import { type CheckedExport, invalid, parseExported } from './read-export.ts';
import { openSecrets } from './secret-keys.ts';

export interface FunctionImport {
  readonly name: string;
  readonly code: Deployable;
  readonly secrets: ReadonlyMap<string, string>;
  /** Secrets that are in the export and could not be opened, because no key was given. */
  readonly unopened: readonly string[];
  readonly pausedSchedules: readonly string[];
  readonly areEventsPaused: boolean;
}

/** Everything that will be put there, checked; nothing is sent. Throws `export-invalid`. */
export async function readFunction(
  name: string,
  from: CheckedExport,
  key: KeyObject | null,
  context: CommandContext,
): Promise<FunctionImport> {
  const { say } = context;
  const at = (file: string): string => `functions/${name}/${file}`;
  const [manifestText, bundle, sourceMap, described] = [
    await needed(at('manifest.json')),
    await needed(at('bundle.mjs')),
    await needed(at('bundle.mjs.map')),
    parseExported(exportedFunctionSchema, at('function.json'), await needed(at('function.json')), say),
  ];
  const manifest = parseExported(manifestSchema, at('manifest.json'), manifestText, say);
  if (manifest.config.name !== name || described.name !== name) {
    throw invalid(at('manifest.json'), say('import.other-function', { name: manifest.config.name }), say);
  }
  const secretsText = await from.read(at('secrets.json'));
  const sealed =
    secretsText === null ? null : parseExported(exportedSecretsSchema, at('secrets.json'), secretsText, say);
  if (sealed !== null && sealed.function !== name) {
    throw invalid(at('secrets.json'), say('import.other-function', { name: sealed.function }), say);
  }
  return {
    ...{ name, code: { version: described.version, manifest, bundle, sourceMap } },
    secrets: sealed === null || key === null ? new Map() : await openSecrets(sealed, key, context),
    unopened: sealed !== null && key === null ? sealed.secrets.map((secret) => secret.name) : [],
    pausedSchedules: described.schedules.filter(({ isPaused }) => isPaused).map((schedule) => schedule.name),
    areEventsPaused: described.areEventsPaused,
  };

  async function needed(path: string): Promise<string> {
    const text = await from.read(path);
    if (text === null) throw invalid(path, say('import.absent'), say);
    return text;
  }
}

/** Null: the person who was asked does not want what it may reach. Throws what the platform answers. The same again changes nothing. */
export async function importFunction(
  { name, code, ...settings }: FunctionImport,
  { acceptsEgress, signKey }: { readonly acceptsEgress: boolean; readonly signKey: SigningKey | null },
  context: CommandContext,
): Promise<DeployResponse | null> {
  const client = await context.connect();
  for (const [secret, value] of settings.secrets) {
    await client.setSecret(name, secret, { v: PROTOCOL_VERSION, value, overlapMs: null });
  }
  const release = { kind: 'current' } as const;
  const signature = signKey === null ? null : await signBuild(client, code, signKey, context);
  const deployed = await deployAskingForEgress(client, code, { release, acceptsEgress, signature }, context);
  if (deployed === null) return null;
  for (const schedule of settings.pausedSchedules) await client.schedules.pause(name, schedule);
  if (settings.areEventsPaused) await client.events.pause(name);
  return deployed;
}
