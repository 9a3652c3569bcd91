/**
 * In which country an address is, by a database that the operator supplies as a file (MMDB, the format of MaxMind, DB-IP
 * and others). Read whole at the start; nothing is asked over the network. What it says is its maker's claim.
 */
import { readFile } from 'node:fs/promises';
import { Reader } from 'mmdb-lib';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';

/** Its answers as far as they are used; databases differ in what else they say. */
const answerSchema = z.object({ country: z.object({ iso_code: z.string().regex(/^[A-Z]{2}$/) }) });

/** Null: it does not know. */
export type CountryOf = (address: string) => string | null;

/** Throws `config-not-found` or `config-invalid`. */
export async function openCountryDatabase(path: string): Promise<CountryOf> {
  const bytes = await readDatabase(path);
  try {
    const reader = new Reader(bytes);
    return (address) => answerSchema.safeParse(reader.get(address)).data?.country.iso_code ?? null;
  } catch (cause) {
    throw new SovfnError('config-invalid', `${path} is no country database: ${(cause as Error).message}`, {
      cause,
      hint: 'Give a file in MMDB format whose records have country.iso_code.',
    });
  }
}

async function readDatabase(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new SovfnError('config-not-found', `the country database ${path} cannot be read`, { cause });
  }
}
