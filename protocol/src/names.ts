import { z } from 'zod';

/** One subject token: no dot, no wildcard, so a name can never widen a subject (rule N7). */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Environment-style names of vars, secrets and bindings. */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const VERSION_ID = /^[0-9a-f]{64}$/;

/** Tenant, function, webhook, schedule, zone, node and gateway names: `[a-z0-9-]`, 1–63, no hyphen at either end. */
export const nameSchema = z.string().regex(NAME, 'must be 1–63 of a–z, 0–9 and -, without - at either end');

export const variableNameSchema = z
  .string()
  .regex(VARIABLE_NAME, 'must start with a letter or _, then letters, digits or _');

/** SHA-256 of manifest and bundle, lower-case hex. */
export const versionIdSchema = z.string().regex(VERSION_ID, 'must be a SHA-256 in lower-case hex');

export function isName(value: string): boolean {
  return NAME.test(value);
}

export function isVersionId(value: string): boolean {
  return VERSION_ID.test(value);
}

export const DEFAULT_TENANT = 'main';
export const DEFAULT_ZONE = 'fr';

/** What people see of a version id: enough to tell versions of one function apart. */
export const SHORT_VERSION_LENGTH = 12;

export function shortVersion(version: string): string {
  return version.slice(0, SHORT_VERSION_LENGTH);
}
