import { OPENAPI_PATH } from '@sovfn/protocol';
import { z } from 'zod';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const openApiDocument = defineRoute({
  method: 'get',
  path: OPENAPI_PATH,
  operation: 'getOpenApi',
  summary: 'This document',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'An OpenAPI 3.1 document.', schema: z.looseObject({ openapi: z.string() }) }],
  errors: [],
  handle: async (_, { openApi }) => ({ json: openApi }),
});
