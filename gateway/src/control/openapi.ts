/** The OpenAPI 3.1 document, made from the route table: what is served is what is described. */
import { type ErrorCode, errorStatus, PROBLEM_TYPE, problemSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { RECORDED_OPERATIONS, ROUTE_SCOPES } from './access/route-scopes.ts';
import type { AnyRoute, RouteAnswer } from './route.ts';

/** Every route may end in these. */
const COMMON_ERRORS: readonly ErrorCode[] = ['bad-request', 'internal-error'];
/** So may every one that needs a token. */
const TOKEN_ERRORS: readonly ErrorCode[] = ['unauthorized', 'token-expired', 'forbidden', 'bus-unavailable'];
const JSON_TYPE = 'application/json';

export function makeOpenApi(routes: readonly AnyRoute[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.1',
    info: { title: 'sovfn control API', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operationOf(route: AnyRoute): unknown {
  const { body } = route;
  const scope = ROUTE_SCOPES[route.operation];
  return {
    operationId: route.operation,
    summary: route.summary,
    security: scope === 'public' ? [] : [{ token: [scope] }],
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { [JSON_TYPE]: { schema: schemaOf(body.schema, 'input') } } } }),
    responses: { 200: successOf(route.answers), ...errorsOf(route) },
  };
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): unknown[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as JsonObjectSchema;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

interface JsonObjectSchema {
  readonly properties?: Record<string, { readonly description?: string }>;
  readonly required?: readonly string[];
}

function successOf(answers: readonly RouteAnswer[]): unknown {
  const content = answers.map((answer): [string, unknown] => {
    if (answer.kind === 'bytes') return [answer.mediaType, { schema: {} }];
    return [JSON_TYPE, { schema: schemaOf(answer.schema, 'output') }];
  });
  return {
    description: answers.map((answer) => answer.description).join(' '),
    content: Object.fromEntries<unknown>(content),
  };
}

/** One entry for each status; codes that share it are named together. */
function errorsOf(route: AnyRoute): Record<string, unknown> {
  const isPublic = ROUTE_SCOPES[route.operation] === 'public';
  const ofAudit: ErrorCode[] = RECORDED_OPERATIONS.has(route.operation) ? ['audit-unavailable'] : [];
  const codes = [...COMMON_ERRORS, ...(isPublic ? [] : TOKEN_ERRORS), ...ofAudit, ...route.errors];
  const byStatus = Map.groupBy(new Set(codes), (code) => String(errorStatus(code)));
  const content = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
  const entries = [...byStatus].map(([status, same]): [string, unknown] => {
    return [status, { description: same.join(', '), content }];
  });
  return Object.fromEntries<unknown>(entries);
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
}
