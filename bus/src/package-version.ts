import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** Version that a package says it has. `manifest`: its package.json. */
export function readPackageVersion(manifest: URL): string {
  return packageSchema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
