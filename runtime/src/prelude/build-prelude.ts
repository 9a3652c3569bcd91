/**
 * Builds the prelude: one classic script whose value is the function that connects guest and host (bridge/contract.ts),
 * and the texts of its lazy parts, which the guest asks the host for. Their text would be two thirds of the script, and
 * every isolate keeps a copy of what it was compiled from.
 *
 * The same sources give the same texts.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { PRELUDE_FILENAME } from '../bridge/contract.ts';
import { type Bundle, bundleEager, bundlePart, EAGER_NAME, findEagerFiles, type Folders, PART_NAME } from './bundle.ts';
import { PARTS } from './parts.ts';
import { ScriptText } from './script-text.ts';

export interface Prelude {
  readonly source: string;
  /** Hexadecimal, of `source`. */
  readonly sha256: string;
  /** Source map of `source`, in the index form (with sections), as JSON. */
  readonly map: string;
  /** Script of each lazy part: its value is a function that takes `eagerModules` and returns the part's exports. */
  readonly parts: Readonly<Record<string, string>>;
}

export async function buildPrelude(): Promise<Prelude> {
  const folders: Folders = {
    guestFolder: fileURLToPath(new URL('../guest', import.meta.url)),
    rootFolder: fileURLToPath(new URL('../../..', import.meta.url)),
  };
  const eagerFiles = await findEagerFiles(folders);
  const used = new Set<string>();
  const parts = new Map<string, Bundle>();
  for (const name of Object.keys(PARTS)) parts.set(name, await bundlePart(name, eagerFiles, used, folders));
  requireDisjoint(parts);
  const eager = await bundleEager(used, folders);
  const { text, map } = assemble(eager);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { source: text, sha256, map, parts: Object.fromEntries([...parts].map(([name, part]) => [name, wrap(part)])) };
}

/** `loadPart` is what lazy-parts.guest.ts finds around it. It takes `eval` before the hardening closes it. */
function assemble(eager: Bundle): { text: string; map: string } {
  const script = new ScriptText();
  script.add(`"use strict";(()=>{const evaluate=eval,loadPart=text=>evaluate(text)(${EAGER_NAME}.eagerModules);\n`);
  script.addBundle(eager);
  script.add(`\nreturn ${EAGER_NAME}.connect})()\n`);
  return { text: script.text, map: script.map() };
}

/** Its stack frames are the prelude's, which nobody is shown. */
function wrap({ text }: Bundle): string {
  return `(eagerModules=>{"use strict";\n${text}\nreturn ${PART_NAME}})\n//# sourceURL=${PRELUDE_FILENAME}`;
}

/** A module in two parts would exist twice, with two identities of each of its classes. */
function requireDisjoint(parts: ReadonlyMap<string, Bundle>): void {
  const owners = new Map<string, string>();
  for (const [name, { files }] of parts) {
    for (const file of files) {
      if (file.startsWith('eager:') || file.startsWith('nothing:')) continue;
      const owner = owners.get(file);
      if (owner !== undefined) throw new Error(`${file} is in two lazy parts, ${owner} and ${name}`);
      owners.set(file, name);
    }
  }
}
