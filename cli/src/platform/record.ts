/**
 * The record of a running platform in its data folder: which processes belong to it. Written at each change, whole, before
 * anything else happens, so that the next start finds what a killed one left behind.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { commandLineOf, isRunning, processIdentitySchema } from '../processes/identity.ts';
import type { DataFolder } from './data-folder.ts';
import { type FurtherGateway, isFurtherGateway, isPartName, type PartName } from './layout.ts';
import { type Ports, portsSchema } from './ports.ts';
import { LOOPBACK } from '../servers/free-port.ts';

const partSchema = z.strictObject({
  name: z.custom<PartName>((name) => typeof name === 'string' && isPartName(name)),
  process: processIdentitySchema,
  mark: z.string(),
});

const furtherGatewaySchema = z.strictObject({
  part: z.custom<FurtherGateway>((name) => typeof name === 'string' && isFurtherGateway(name)),
  control: z.string(),
});

const recordSchema = z.strictObject({
  v: z.literal(1),
  /** Version of sovfn. */
  version: z.string(),
  startedAt: z.iso.datetime(),
  /** Null until every part is ready. */
  readyAt: z.iso.datetime().nullable(),
  /** The process of `sovfn up`. */
  up: processIdentitySchema,
  ports: portsSchema,
  urls: z.strictObject({ public: z.string(), control: z.string(), operator: z.string().optional() }),
  parts: z.array(partSchema),
  /** Processes of the gateway beside the first, and where their control APIs are. */
  furtherGateways: z.array(furtherGatewaySchema).default([]),
});
export type PlatformRecord = z.output<typeof recordSchema>;
export type PartRecord = z.output<typeof partSchema>;

export interface PlatformUrls {
  readonly public: string;
  readonly control: string;
  readonly operator: string;
}

export function platformUrls(ports: Ports): PlatformUrls {
  const at = (port: number): string => `http://${LOOPBACK}:${port}`;
  return { public: at(ports.public), control: at(ports.control), operator: at(ports.operator) };
}

/** Null when the platform is down. Throws `config-invalid` when the record cannot be read. */
export function readRecord(folder: DataFolder): PlatformRecord | null {
  const path = recordFile(folder);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${path} is not the record of a platform`, {
      cause,
      hint: `Look for processes with ${folder.path} in their command line, end them, and remove the file.`,
    });
  }
}

export function writeRecord(folder: DataFolder, record: PlatformRecord): void {
  const path = recordFile(folder);
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

export function removeRecord(folder: DataFolder): void {
  rmSync(recordFile(folder), { force: true });
}

/** The record with this process as the part's only one. */
export function withPart(record: PlatformRecord, part: PartRecord): PlatformRecord {
  return { ...record, parts: [...record.parts.filter(({ name }) => name !== part.name), part] };
}

/** Whether the recorded process still runs: the same start, and a command line that names this platform. */
export function isPartRunning({ process, mark }: PartRecord): boolean {
  return isRunning(process) && commandLineOf(process.pid).includes(mark);
}

function recordFile(folder: DataFolder): string {
  return join(folder.run, 'platform.json');
}
