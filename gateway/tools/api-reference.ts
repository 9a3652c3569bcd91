/** The page `docs/reference/api.md`, made of the OpenAPI document that a gateway serves. */
import { isServedAt, type Operation as OperationId } from '../src/control/access/route-scopes.ts';
import { makeOpenApi } from '../src/control/openapi.ts';
import { ROUTES } from '../src/control/routes/index.ts';

interface Schema {
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
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly operationId: OperationId;
  readonly summary: string;
  readonly security: readonly { readonly token: readonly string[] }[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const COMMON = ['bad-request', 'unauthorized', 'token-expired', 'forbidden', 'internal-error', 'bus-unavailable'];
const HEAD = `# Control API

Generated from the OpenAPI document, which every gateway serves without a token at \`GET /v1/openapi.json\` on its control port (8081
under \`sovfn up\`) and on the operator's (8082), each what it serves, and which has the whole schemas; \`npm run generate -w
@sovfn/gateway\` writes this page. What is for the operator says so; what does not is for tenants.

Requests carry \`authorization: Bearer <token>\`; which scope a token needs is said with each. Errors are
\`application/problem+json\` with a code of the [catalogue](../errors.md); besides the codes that are named with a route, any may end in
${codeLinks(COMMON)}.`;

export function apiReference(): string {
  const { paths } = makeOpenApi(ROUTES) as OpenApi;
  const sections = Object.entries(paths).flatMap(([path, operations]) => {
    return Object.entries(operations).map(([method, operation]) =>
      textOf(`${method.toUpperCase()} ${path}`, operation),
    );
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

function textOf(title: string, operation: Operation): string {
  const { operationId, summary, security, parameters, requestBody, responses } = operation;
  const { 200: success, ...errors } = responses;
  const scope = security[0]?.token.map((one) => `\`${one}\``).join(', ');
  const codes = Object.values(errors)
    .flatMap(({ description }) => description.split(', '))
    .filter((code) => !COMMON.includes(code));
  const rows = parameters.map(({ name, in: place, required, description, schema }) => {
    return [`\`${name}\``, `${place}, ${kindOf(schema)}${required ? '' : ', optional'}`, textCell(description)];
  });
  return [
    `## \`${title}\``,
    summary,
    `${scope === undefined ? 'No token is needed.' : `Scope: ${scope}.`}${listenersOf(operationId)}`,
    ...(rows.length === 0 ? [] : [tableOf('parameter', rows)]),
    ...Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) => [
      `Body: \`${type}\`.`,
      ...fieldsOf(schema),
    ]),
    `Answer: ${success!.description}`,
    ...Object.entries(success!.content).flatMap(([type, { schema }]) => [`As \`${type}\`.`, ...fieldsOf(schema)]),
    ...(codes.length === 0 ? [] : [`Errors: ${codeLinks(codes)}.`]),
  ].join('\n\n');
}

function listenersOf(operation: OperationId): string {
  if (!isServedAt('operator', operation)) return '';
  return isServedAt('tenant', operation) ? ' On both listeners.' : ' On the operator’s listener only.';
}

function codeLinks(codes: readonly string[]): string {
  return codes.map((code) => `[${code}](../errors.md#${code})`).join(', ');
}

/** The fields of an object, and of the objects in its lists; the rest is in the document itself. */
function fieldsOf(schema: Schema): string[] {
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

function textCell(text = ''): string {
  return text.replaceAll('<', '&lt;');
}

function tableOf(kind: string, rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`);
  return [`| ${kind} | | |`, '|---|---|---|', ...lines].join('\n');
}

function kindOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.type === 'array') return `list of ${kindOf(schema.items ?? {})}`;
  return [schema.type ?? 'any value'].flat().join(' or ').replace('string', 'text');
}
