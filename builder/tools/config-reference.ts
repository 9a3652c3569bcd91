/** The page `docs/reference/config.md`, made of the schema that checks `sovfn.jsonc`. */
import { configJsonSchema } from '../src/config/json-schema.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const DURATION = String.raw`^(\d{1,9})(ms|s|m|h|d)$`;
const HEAD = `# sovfn.jsonc

Generated from the schema that checks the file; \`npm run generate -w @sovfn/builder\` writes this page. It is JSON with
comments; an unknown key is refused with the nearest valid name. With \`"$schema": "./node_modules/sovfn/sovfn.schema.json"\`
an editor completes it.`;

export function configReference(): string {
  return `${[HEAD, ...sections([], configJsonSchema())].join('\n\n')}\n`;
}

/** A table of the object's keys, then one for each object below it. */
function sections(path: readonly string[], schema: Schema): string[] {
  const { properties = {}, required = [] } = schema;
  const keys = Object.entries(properties).filter(([key]) => key !== '$schema');
  const rows = keys.map(([key, value]) => rowOf(key, value, required.includes(key)));
  const own = ['| key | value | default | |', '|---|---|---|---|', ...rows].join('\n');
  const below = keys.flatMap(([key, value]) => {
    return objectsIn([...path, key], value).flatMap(([place, object]) => {
      const level = '#'.repeat(Math.min(2 + path.length, 4));
      return [`${level} ${titleOf(place, object)}`, ...sections(place, object)];
    });
  });
  return [own, ...below];
}

function titleOf(place: readonly string[], { properties }: Schema): string {
  const type = properties?.['type']?.const;
  return type === undefined ? `\`${place.join('.')}\`` : `\`${place.join('.')}\` of type \`${type}\``;
}

/** Objects that a value may be, or hold, each with how it is reached. */
function objectsIn(place: readonly string[], schema: Schema): (readonly [readonly string[], Schema])[] {
  if (schema.properties !== undefined) return [[place, schema]];
  const inList =
    schema.items === undefined ? [] : objectsIn([...place.slice(0, -1), `${place.at(-1)}[]`], schema.items);
  const { additionalProperties: named } = schema;
  const inMap = typeof named === 'object' ? objectsIn([...place, '<name>'], named) : [];
  const choices = (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => objectsIn(place, choice));
  return [...inList, ...inMap, ...choices];
}

function rowOf(key: string, schema: Schema, isRequired: boolean): string {
  const standard = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  const cells = [`\`${key}\``, [...new Set(kindsOf(schema))].join(' or '), isRequired ? 'required' : standard];
  const meaning = (schema.description ?? '').replaceAll('<', '&lt;');
  return `| ${[...cells, meaning].map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function kindsOf(schema: Schema): string[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.flatMap(kindsOf);
  if (schema.const !== undefined) return [`\`${JSON.stringify(schema.const)}\``];
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``);
  if (schema.pattern === DURATION) return ['duration such as `"90s"`, `"5m"`, `"1d"`'];
  if (schema.type === 'array') return [`list of ${kindsOf(schema.items ?? {}).join(' or ')}${most(schema)}`];
  if (schema.type === 'object') return ['object'];
  return [`${typeName(schema.type)}${range(schema)}`];
}

function typeName(type: string | undefined): string {
  if (type === 'string') return 'text';
  return type === 'boolean' ? '`true`, `false`' : (type ?? 'any value');
}

function range({ minimum, maximum }: Schema): string {
  if (minimum === undefined || maximum === undefined) return '';
  return `, ${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
}

function most({ maxItems }: Schema): string {
  return maxItems === undefined ? '' : `, at most ${maxItems}`;
}
