/** The published JSON Schema of `sovfn.jsonc`, made from the schema that checks it. */
import { functionConfigSchema } from '@sovfn/protocol/config';
import { z } from 'zod';
import type { ValuePath } from './document.ts';

/** As much of a JSON Schema as is walked here. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** Draft 7: the draft that editors read best. `allowTrailingCommas` is theirs. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(functionConfigSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'sovfn.jsonc', allowTrailingCommas: true };
}

/** Text of the published file. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** Keys that the object at `path` may have, in the order of the schema. */
export function validKeys(path: ValuePath): string[] {
  let nodes: SchemaNode[] = [configJsonSchema()];
  for (const step of path) nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, step));
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

function child(node: SchemaNode, step: string | number): SchemaNode[] {
  if (typeof step === 'number') return node.items === undefined ? [] : [node.items];
  const property = node.properties?.[step] ?? node.additionalProperties;
  return typeof property === 'object' ? [property] : [];
}
