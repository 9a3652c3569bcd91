import { nodeListSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const listNodes = defineRoute({
  method: 'get',
  path: '/v1/nodes',
  operation: 'listNodes',
  summary: 'List the nodes that have announced themselves lately, with the labels that the platform signed for them',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'Nodes whose labels were verified.', schema: nodeListSchema }],
  errors: [],
  handle: async (_, { nodes }) => ({ json: { v: PROTOCOL_VERSION, nodes: nodes.all().toSorted(byName) } }),
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
