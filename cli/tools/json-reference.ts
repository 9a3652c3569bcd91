/** The page `docs/reference/json.md`, made of the schemas of results, those of the control API among them. */
import { problemSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { ROUTES } from '../../gateway/src/control/routes/index.ts';
import { fieldsOf, kindOf, type Schema } from '../../tools/schema-tables.ts';
import { COMMANDS } from '../src/commands/index.ts';
import { JSON_RESULTS, type JsonResult } from '../src/json/index.ts';

const HEAD = `# Results as JSON

Generated from the schemas; \`npm run generate -w sovfn\` writes this page, and the tests hold what commands print against the same
schemas. With \`--json\` a [command](cli.md) prints one document on stdout, or, where it says so, one on each line as they come;
everything else goes to stderr. No other fields are printed than those that are named here; a later version may add some. Codes and names
stay the same, texts may change. Times are UTC, in ISO 8601.`;

const FAILURE = `## When a command fails

The exit code is 1 for what you can mend, 70 for what the platform got wrong, and the document is a problem (RFC 9457), whose
\`code\` is in the [catalogue](../errors.md). A command that found something wrong, such as \`build --verify\`, prints its result all the same.`;

export function jsonReference(): string {
  const commands = Object.keys(COMMANDS).map((name) => textOf(name, JSON_RESULTS[name]!));
  return `${[HEAD, FAILURE, ...fieldsOf(jsonSchemaOf(problemSchema)), ...commands].join('\n\n')}\n`;
}

function textOf(name: string, { document, lines }: JsonResult): string {
  return [
    `## sovfn ${name}`,
    ...(document === null ? [] : schemaText('One document', document)),
    ...(lines === null ? [] : schemaText(document === null ? 'Lines' : 'With `--follow`, lines', lines)),
  ].join('\n\n');
}

/** What the control API answers is described with its routes. */
function schemaText(what: string, schema: z.ZodType): string[] {
  const operation = operationOf(schema);
  if (operation !== null) return [`${what}, as [\`${operation}\`](api.md#${anchorOf(operation)}) answers.`];
  if (!(schema instanceof z.ZodUnion)) return [`${what}:`, ...tableOrKind(schema)];
  return [`${what} of one of these kinds:`, ...(schema.options as z.ZodType[]).flatMap(choiceText)];
}

function choiceText(choice: z.ZodType): string[] {
  const operation = operationOf(choice);
  const told = choice.description ?? '';
  if (operation === null)
    return [`**${[...tagsOf(choice), told].filter((part) => part !== '').join(': ')}**`, ...tableOrKind(choice)];
  return [`**As [\`${operation}\`](api.md#${anchorOf(operation)}) answers.**`];
}

/** What tells one kind from the others. */
function tagsOf(choice: z.ZodType): string[] {
  const { properties = {} } = jsonSchemaOf(choice);
  return ['type', 'kind', 'bomFormat'].flatMap((name) => {
    const tag = properties[name]?.const;
    return tag === undefined ? [] : [`\`${name}\` ${JSON.stringify(tag)}`];
  });
}

function tableOrKind(schema: z.ZodType): string[] {
  const json = jsonSchemaOf(schema);
  const table = fieldsOf(json);
  return table.length === 0 ? [kindOf(json)] : table;
}

function operationOf(schema: z.ZodType): string | null {
  const route = ROUTES.find(({ answers }) =>
    answers.some((answer) => answer.kind === 'json' && answer.schema === schema),
  );
  return route === undefined ? null : `${route.method.toUpperCase()} ${route.path}`;
}

/** As the site makes them of headings. */
function anchorOf(operation: string): string {
  return operation
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function jsonSchemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Schema;
}
