/** Countries in which functions may run: a further one in their zone is used when their tenant has accepted it, for each of them. */
import { countryListSchema, countrySchema, functionCountriesSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { acceptCountry as accept, describeCountries, withdrawCountry as withdraw } from '../deploy/countries.ts';
import { RecordWriter } from '../deploy/record-writer.ts';
import { unknownFunction } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const listCountries = defineRoute({
  ...{ method: 'get', path: '/v1/countries', params: noParameters, query: noParameters, body: null },
  operation: 'listCountries',
  summary: 'List in which countries each function may run, and which ones wait to be accepted',
  answers: [{ kind: 'json', description: 'Functions by name.', schema: countryListSchema }],
  errors: [],
  async handle({ tenant }, context) {
    const records = [...context.registry.all()].filter((record) => record.tenant === tenant);
    const functions = records.map((record) => describeCountries(record, context));
    return {
      json: { v: PROTOCOL_VERSION, functions: functions.toSorted((a, b) => (a.function < b.function ? -1 : 1)) },
    };
  },
});

export const acceptCountry = defineRoute({
  ...{ method: 'put', path: '/v1/functions/{name}/countries/{country}', query: noParameters, body: null },
  operation: 'acceptCountry',
  summary: 'Accept that a function runs in a country, whenever nodes of its zone are there',
  params: functionParameters.extend({ country: countrySchema.describe('Country, two capital letters') }),
  answers: [{ kind: 'json', description: 'Accepted, now or before.', schema: functionCountriesSchema }],
  errors: ['function-not-found', 'bad-request', 'deploy-conflict', 'bus-unavailable'],
  async handle({ params: { name, country }, tenant }, context) {
    const { record } = await new RecordWriter(context.registry).change(tenant, name, (before) => {
      if (before === null) throw unknownFunction(context, tenant, name);
      return accept(before, country, context);
    });
    return { json: describeCountries(record, context) };
  },
});

export const withdrawCountry = defineRoute({
  ...{ method: 'delete', path: '/v1/functions/{name}/countries/{country}', query: noParameters, body: null },
  operation: 'withdrawCountry',
  summary: 'Withdraw that a function runs in a country: calls that run there finish, and no further ones begin',
  params: functionParameters.extend({ country: countrySchema.describe('Country, two capital letters') }),
  answers: [{ kind: 'json', description: 'Withdrawn.', schema: functionCountriesSchema }],
  errors: ['function-not-found', 'bad-request', 'deploy-conflict', 'bus-unavailable'],
  async handle({ params: { name, country }, tenant }, context) {
    const { record } = await new RecordWriter(context.registry).change(tenant, name, (before) => {
      if (before === null) throw unknownFunction(context, tenant, name);
      return withdraw(before, country);
    });
    return { json: describeCountries(record, context) };
  },
});
