/** Tables of reference pages that are generated from JSON Schemas. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
/** The fields of an object, and of the objects in its lists; the rest is in the document itself. */
export function fieldsOf(schema: Schema): string[] {
  const rows = fieldRows('', schema);
  return rows.length === 0 ? [] : [tableOf('field', rows)];
}

function fieldRows(path: string, { properties = {}, required = [] }: Schema): string[][] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const below = path === '' && value.items !== undefined ? fieldRows(`${name}[].`, value.items) : [];
    const optional = required.includes(name) ? '' : ', optional';
    return [[`\`${path}${name}\``, `${kindOf(value)}${optional}`, textCell(value.description)], ...below];
  });
}

export function textCell(text = ''): string {
  return text.replaceAll('<', '&lt;');
}

export function tableOf(kind: string, rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`);
  return [`| ${kind} | | |`, '|---|---|---|', ...lines].join('\n');
}

export function kindOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.type === 'array') return `list of ${kindOf(schema.items ?? {})}`;
  return [schema.type ?? 'any value'].flat().join(' or ').replace('string', 'text');
}
