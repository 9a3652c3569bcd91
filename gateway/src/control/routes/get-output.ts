import { outputMetaSchema, outputVerificationSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { isHeaderValue } from '@sovfn/store';
import { Readable } from 'node:stream';
import { findOutput } from '../outputs.ts';
import { invocationParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const OK = 200;
const UNKNOWN_TYPE = 'application/octet-stream';
const READ_ERRORS = [
  'output-not-found',
  'output-corrupted',
  'key-unavailable',
  'store-unavailable',
  'bus-unavailable',
] as const;

export const getOutput = defineRoute({
  method: 'get',
  path: '/v1/outputs/{invocation}',
  operation: 'getOutput',
  summary: 'Show what is known about an output',
  params: invocationParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The metadata of the output.', schema: outputMetaSchema }],
  errors: READ_ERRORS,
  async handle({ params, tenant }, context) {
    return { json: (await findOutput(context, tenant, params.invocation)).meta };
  },
});

export const getOutputBody = defineRoute({
  method: 'get',
  path: '/v1/outputs/{invocation}/body',
  operation: 'getOutputBody',
  summary: 'Fetch the bytes of an output',
  params: invocationParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'bytes', description: 'The bytes, with the type the function gave them.', mediaType: '*/*' }],
  errors: READ_ERRORS,
  async handle({ params, tenant }, context) {
    const { meta, body } = await findOutput(context, tenant, params.invocation);
    const type = meta.contentType ?? UNKNOWN_TYPE;
    const headers = [
      'content-type',
      isHeaderValue(type) ? type : UNKNOWN_TYPE,
      'content-length',
      String(meta.bytes),
      // The bytes are a function's: a browser must not run them in the control API's name.
      'content-disposition',
      'attachment',
    ];
    return { status: OK, headers, stream: Readable.from(body, { objectMode: false }) };
  },
});

export const verifyOutput = defineRoute({
  method: 'post',
  path: '/v1/outputs/{invocation}/verify',
  operation: 'verifyOutput',
  summary: 'Read an output again, whole, and compare it with its size and SHA-256',
  params: invocationParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'It is what the call left.', schema: outputVerificationSchema }],
  errors: READ_ERRORS,
  async handle({ params, tenant }, context) {
    const { meta } = await findOutput(context, tenant, params.invocation);
    await context.outputs.reader.verify(meta);
    const { invocation, bytes, sha256 } = meta;
    return { json: { v: PROTOCOL_VERSION, invocation, bytes, sha256 } };
  },
});
