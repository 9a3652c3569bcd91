import { dirname } from 'node:path';
import { isSovfnError } from '@sovfn/protocol';
import { verifyEntry } from './cache.ts';
import { type ServerName, SERVERS } from './catalogue.ts';
import { probeBinary } from './probe.ts';
import { findServer } from './provide.ts';

export type ServerInspection =
  | { readonly state: 'found'; readonly path: string; readonly step: string; readonly version: string | null }
  | { readonly state: 'absent' }
  | { readonly state: 'unusable'; readonly reason: string };

/** Looks for a server where `provideServer` would find one, installs nothing, and hashes a cached file whole. */
export async function inspectServer(
  name: ServerName,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerInspection> {
  try {
    const found = await findServer(SERVERS[name], { environment });
    if (found === null) return { state: 'absent' };
    const entry = found.step === 'cache' ? await verifyEntry(dirname(found.path), name) : null;
    if (entry?.state === 'corrupt') return { state: 'unusable', reason: entry.reason };
    const probe = await probeBinary(SERVERS[name], found.path);
    if (!probe.runs) return { state: 'unusable', reason: probe.reason };
    return { state: 'found', ...found, version: probe.version };
  } catch (error) {
    if (!isSovfnError(error)) throw error;
    return { state: 'unusable', reason: error.message };
  }
}
