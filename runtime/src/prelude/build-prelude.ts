/**
 * Builds the prelude: one classic script whose value is the function that connects guest and host (bridge/contract.ts).
 *
 * Its form: the eager modules in one function that V8 compiles at once, and so keeps in its code cache whole; around it
 * the lazy parts, each in a function that is not compiled before it is called. The same sources give the same text.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundleEager, bundlePart, EAGER_NAME, findEagerFiles, type Folders, PART_NAME } from './bundle.ts';
import { PARTS } from './parts.ts';
import { ScriptText } from './script-text.ts';

export interface Prelude {
  readonly source: string;
  /** Hexadecimal, of `source`. */
  readonly sha256: string;
  /** Source map of the index form (with sections), as JSON. */
  readonly map: string;
  /** Characters that are compiled when the script is; the others wait in lazy parts. */
  readonly eagerLength: number;
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
  const { text, map } = assemble(eager, parts);
  return { source: text, sha256: createHash('sha256').update(text).digest('hex'), map, eagerLength: eager.text.length };
}

function assemble(eager: Bundle, parts: ReadonlyMap<string, Bundle>): { text: string; map: string } {
  const script = new ScriptText();
  script.add('"use strict";(()=>{const lazyParts={\n');
  for (const [name, part] of parts) {
    script.add(`${name}(){const{eagerModules}=${EAGER_NAME};\n`);
    script.addBundle(part);
    script.add(`\nreturn ${PART_NAME}},\n`);
  }
  script.add('};\n');
  script.addBundle(eager);
  script.add(`\nreturn ${EAGER_NAME}.connect})()\n`);
  return { text: script.text, map: script.map() };
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
