import { readFile } from 'node:fs/promises';
import { describeIssues, jsonOrNull, type LoginTrust, loginTrustSchema, SovfnError } from '@sovfn/protocol';

/** Whom the operator trusts for logins. Throws `config-not-found` or `config-invalid`, naming each wrong key. */
export async function readLoginTrust(file: string): Promise<LoginTrust> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SovfnError('config-not-found', `the rules for logins cannot be read from ${file}`, {
      hint: 'Check the path and that this user may read the file.',
      cause,
    });
  });
  const parsed = loginTrustSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new SovfnError('config-invalid', `${file}: ${describeIssues(parsed.error, Infinity)}`, {
    hint: 'docs/login.md describes the file.',
  });
}
