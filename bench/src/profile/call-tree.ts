/** Profiles of V8 as trees of calls: CPU time (`.cpuprofile`) and sampled allocations (`.heapprofile`). */
import { z } from 'zod';

export interface CallTree {
  /** Function and place. */
  readonly name: string;
  /** Of itself, without what it calls: microseconds or bytes. */
  readonly self: number;
  readonly children: readonly CallTree[];
}

const frameSchema = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() });
type Frame = z.output<typeof frameSchema>;

const cpuProfileSchema = z.object({
  nodes: z.array(z.object({ id: z.int(), callFrame: frameSchema, children: z.array(z.int()).default([]) })).min(1),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});

interface HeapNode {
  readonly callFrame: Frame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}
const heapNodeSchema: z.ZodType<HeapNode> = z.object({
  callFrame: frameSchema,
  selfSize: z.number(),
  get children() {
    return z.array(heapNodeSchema);
  },
});

const FOLDERS_SHOWN = 3;
/** V8's names for time in which no call ran. */
const NOT_WORK: ReadonlySet<string> = new Set(['(idle)']);

/** CPU time in microseconds, without the time in which the process waited. */
export function readCpuProfile(profile: unknown): CallTree {
  const { nodes, samples, timeDeltas } = cpuProfileSchema.parse(profile);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = new Map<number, number>();
  for (const [index, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[index]!);
  const treeOf = (id: number): CallTree => {
    const { callFrame, children } = byId.get(id)!;
    const called = children.filter((child) => !NOT_WORK.has(byId.get(child)!.callFrame.functionName));
    return { name: nameOf(callFrame), self: selfUs.get(id) ?? 0, children: called.map(treeOf) };
  };
  return treeOf(nodes[0]!.id);
}

/** Bytes that were allocated, also those that are free again. */
export function readHeapProfile(profile: unknown): CallTree {
  const treeOf = ({ callFrame, selfSize, children }: HeapNode): CallTree => {
    return { name: nameOf(callFrame), self: selfSize, children: children.map(treeOf) };
  };
  return treeOf(z.object({ head: heapNodeSchema }).parse(profile).head);
}

export function totalOf(tree: CallTree): number {
  return tree.children.reduce((sum, child) => sum + totalOf(child), tree.self);
}

/** What each function uses by itself, wherever it was called from; the largest first. */
export function selfByFunction(tree: CallTree): [name: string, self: number][] {
  const sums = new Map<string, number>();
  const add = ({ name, self, children }: CallTree): void => {
    sums.set(name, (sums.get(name) ?? 0) + self);
    children.forEach(add);
  };
  add(tree);
  return [...sums].toSorted(([, a], [, b]) => b - a);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${url.split('/').slice(-FOLDERS_SHOWN).join('/')}:${lineNumber + 1}`;
}
