import { functionConfigSchema } from '@sovfn/protocol';
import type { ImportNotes } from './import-notes.ts';

type Tree = Record<string, unknown>;
type Key = string | number;

/**
 * Takes out what no function can have, such as a limit beyond the largest: the value alone where it can be left out, else what
 * holds it. Each is noted with the rule. What is left is valid.
 */
export function keepValid(config: object, notes: ImportNotes): Tree {
  const kept = structuredClone(config) as Tree;
  for (;;) {
    // One at a time: what is taken out of a list moves those behind it.
    const issue = functionConfigSchema.safeParse(kept).error?.issues[0];
    if (issue === undefined) return kept;
    const taken = takeOut(kept, issue.path as Key[]);
    const reason = notes.say('wrangler.invalid', { reason: issue.message });
    notes.add({ key: `sovfn.jsonc: ${taken.join('.')}`, kind: 'left', reason });
  }
}

/** Removes the value at the path, or, where there is none, the nearest thing around it. Returns where it was. */
function takeOut(tree: Tree, path: readonly Key[]): readonly Key[] {
  const last = path.at(-1);
  const around = path.slice(0, -1).reduce<unknown>((at, key) => (at as Tree | undefined)?.[key], tree);
  if (last === undefined) throw new TypeError('a configuration without a valid name and entry cannot be mended');
  if (typeof around !== 'object' || around === null || !(last in around)) return takeOut(tree, path.slice(0, -1));
  if (Array.isArray(around)) around.splice(Number(last), 1);
  else delete (around as Tree)[last];
  return path;
}
