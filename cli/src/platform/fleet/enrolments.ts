/** The nodes on other hosts, one file for each in the platform's data folder: where they are, and whether they enrolled. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { base64url32Schema, enrolmentIdSchema, isName, nameSchema, placeSchema, SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { waitForLock } from '../../processes/lock.ts';
import type { DataFolder } from '../data-folder.ts';
import { writeFileWhole } from '../files.ts';
import { readIfThere } from '../../read-if-there.ts';

const enrolmentRecordSchema = z.strictObject({
  v: z.literal(1),
  node: nameSchema,
  enrolment: enrolmentIdSchema,
  state: z.enum(['invited', 'enrolled', 'removed']),
  place: placeSchema,
  zones: z.array(nameSchema).min(1),
  tokenSha256: base64url32Schema,
  /** Of the invitation. */
  expiresAt: z.iso.datetime(),
  /** Of the node, once it has enrolled. */
  publicKey: base64url32Schema.nullable(),
  enrolledAt: z.iso.datetime().nullable(),
  /** Of its user of the object store. */
  storeSecret: z.string(),
});
export type EnrolmentRecord = z.output<typeof enrolmentRecordSchema>;

const LOCK_MS = 30_000;
const SUFFIX = '.json';

export async function readEnrolment(folder: DataFolder, node: string): Promise<EnrolmentRecord | null> {
  if (!isName(node)) return null;
  const file = fileOf(folder, node);
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return enrolmentRecordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${file} is not the record of an enrolment`, {
      cause,
      hint: 'Restore it from a backup, or remove it and enrol the node again.',
    });
  }
}

export async function listEnrolments(folder: DataFolder): Promise<EnrolmentRecord[]> {
  const names = await readdir(folder.enrolments).catch(() => []);
  const nodes = names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
  const records = await Promise.all(nodes.map((node) => readEnrolment(folder, node)));
  return records.filter((record) => record !== null);
}

export async function writeEnrolment(folder: DataFolder, record: EnrolmentRecord): Promise<void> {
  await writeFileWhole(fileOf(folder, record.node), JSON.stringify(record, null, 2));
}

/** One at a time, between all processes of this machine: two enrolments never see the same state. */
export async function withEnrolments<T>(folder: DataFolder, act: () => Promise<T>): Promise<T> {
  await mkdir(folder.enrolments, { recursive: true, mode: 0o700 });
  const { lock, owner } = await waitForLock(join(folder.enrolments, 'lock'), {
    timeoutMs: LOCK_MS,
    signal: new AbortController().signal,
    onWait: () => undefined,
  });
  if (lock === null) {
    throw new SovfnError('part-failed', `process ${owner.pid} has been changing nodes for ${LOCK_MS / 1_000} s`, {
      hint: 'End that process and try again.',
    });
  }
  await using _held = lock;
  // NOTE: awaited here, or a failure would be nobody’s while the lock is released.
  return await act();
}

const fileOf = (folder: DataFolder, node: string): string => join(folder.enrolments, `${node}${SUFFIX}`);
