/** Developers whose keys sign versions. A change is a list that one of them has signed, and is in the tenant's audit log before it is made. */
import {
  type FunctionRecord,
  PROTOCOL_VERSION,
  signatureOf,
  signedSignerListSchema,
  type SignerList,
  signersAnswerSchema,
  type SignersAnswer,
  SovfnError,
  whyUnsigned,
} from '@sovfn/protocol';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const path = '/v1/signers';
const REQUEST_BYTES = 32 * 1_024;

export const listSigners = defineRoute({
  ...{ method: 'get', path, params: noParameters, query: noParameters, body: null },
  operation: 'listSigners',
  summary: 'Show which developers sign versions of the tenant, and whether nothing else may run',
  answers: [{ kind: 'json', description: 'The signers.', schema: signersAnswerSchema }],
  errors: [],
  async handle({ tenant }, context) {
    return { json: describe(context, tenant, context.signerLists.latest(tenant)) };
  },
});

/** For tokens that may deploy, and read nothing else. */
export const showSigners = defineRoute({
  ...{
    method: 'get',
    path: '/v1/functions/{name}/signers',
    params: functionParameters,
    query: noParameters,
    body: null,
  },
  operation: 'showSigners',
  summary: 'Show for which tenant versions of a function are signed, and by whom; it need not be deployed',
  answers: [{ kind: 'json', description: 'The signers.', schema: signersAnswerSchema }],
  errors: [],
  async handle({ params: { name }, tenant }, context) {
    const { unsigned, ...answer } = describe(context, tenant, context.signerLists.latest(tenant));
    return { json: { ...answer, unsigned: unsigned.filter((one) => one === name) } };
  },
});

export const changeSigners = defineRoute({
  ...{ method: 'put', path, params: noParameters, query: noParameters },
  operation: 'changeSigners',
  summary: 'Put another list of signers in the place of the one there is, signed with a key of that one',
  body: { schema: signedSignerListSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The list holds.', schema: signersAnswerSchema }],
  errors: ['signature-refused', 'signers-conflict', 'body-too-large', 'bus-unavailable'],
  async handle({ body, tenant }, context) {
    const before = context.signerLists.latest(tenant);
    if (body.list.isRequired && before?.isRequired !== true) assertAllSigned(context, tenant, body.list);
    await context.signerLists.append(tenant, before, body);
    return { json: describe(context, tenant, body.list) };
  },
});

/** Throws `signature-refused`: what answers now would stop. */
function assertAllSigned(context: ControlContext, tenant: string, list: SignerList): void {
  const unsigned = unsignedOf(context, tenant, list);
  if (unsigned.length === 0) return;
  const what = `versions that answer are signed by nobody on the list: ${unsigned.join(', ')}`;
  throw new SovfnError('signature-refused', what, {
    hint: 'Deploy these functions with --sign-key first, or delete them: they would stop.',
    facts: { functions: unsigned },
  });
}

function describe(context: ControlContext, tenant: string, list: SignerList | null): SignersAnswer {
  return { v: PROTOCOL_VERSION, tenant, list, unsigned: list === null ? [] : unsignedOf(context, tenant, list) };
}

function unsignedOf({ registry }: ControlContext, tenant: string, list: SignerList): string[] {
  const records = [...registry.all()].filter((record) => record.tenant === tenant);
  return records.flatMap((record) => (isSigned(record, list) ? [] : [record.name])).toSorted();
}

function isSigned(record: FunctionRecord, list: SignerList): boolean {
  const { tenant, name, current, split } = record;
  return [current, ...(split === null ? [] : [split.version])].every((version) => {
    return whyUnsigned(list, { tenant, function: name, version }, signatureOf(record, version)) === null;
  });
}
