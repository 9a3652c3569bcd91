/** The page `docs/reference/api.md`, made of the OpenAPI document that a gateway serves. */
import { fieldsOf, kindOf, type Schema, tableOf, textCell } from '../../tools/schema-tables.ts';
import { isServedAt, type Operation as OperationId } from '../src/control/access/route-scopes.ts';
import { makeOpenApi } from '../src/control/openapi.ts';
import { ROUTES } from '../src/control/routes/index.ts';

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
