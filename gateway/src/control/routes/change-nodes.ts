/** Changes of nodes: admitting one from another host, removing it, draining any. */
import type { NodeRegistry } from '@sovfn/bus';
import {
  controlSubject,
  type EnrolmentState,
  enrolmentStateSchema,
  nameSchema,
  type NodeOrder,
  type NodeRecord,
  nodeRecordSchema,
  PROTOCOL_VERSION,
  setEnrolmentRequestSchema,
  SovfnError,
} from '@sovfn/protocol';
import { z } from 'zod';
import { logEnrolmentChanged, logNodeDrained } from '../events.ts';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const nodeParameters = z.strictObject({ node: nameSchema.describe('Name of the node') });
const REQUEST_BYTES = 4_096;
/** A node announces itself as soon as it has heard the order. Milliseconds. */
const HEARD_MS = 5_000;

export const setEnrolment = defineRoute({
  method: 'put',
  path: '/v1/nodes/{node}/enrolment',
  operation: 'setEnrolment',
  summary: 'Admit a node that runs on another host, or take its labels back',
  params: nodeParameters,
  query: noParameters,
  body: { schema: setEnrolmentRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'What holds from now on.', schema: enrolmentStateSchema }],
  errors: ['body-too-large', 'bus-unavailable'],
  async handle({ params: { node }, body }, { enrolments, log }) {
    const state: EnrolmentState = { ...body, node };
    await enrolments.put(state);
    logEnrolmentChanged(log, state);
    return { json: state };
  },
});

export const drainNode = defineRoute({
  method: 'post',
  path: '/v1/nodes/{node}/drain',
  operation: 'drainNode',
  summary: 'Tell a node to take no further calls and to end those it has, until it is started again',
  params: nodeParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The node has heard it.', schema: nodeRecordSchema }],
  errors: ['node-not-found', 'bus-unavailable'],
  async handle({ params: { node } }, { connection, nodes, log }) {
    if (recordOf(nodes, node) === null) throw notThere(node, 'has announced itself lately');
    const order: NodeOrder = { v: PROTOCOL_VERSION, type: 'drain' };
    const heard = untilDraining(nodes, node);
    connection.publish(controlSubject(node), JSON.stringify(order));
    const record = await heard;
    logNodeDrained(log, node);
    return { json: record };
  },
});

function untilDraining(nodes: NodeRegistry, node: string): Promise<NodeRecord> {
  const heard = Promise.withResolvers<NodeRecord>();
  const look = (): void => {
    const record = recordOf(nodes, node);
    if (record?.isDraining === true) heard.resolve(record);
  };
  const stop = nodes.onChange(look);
  const late = notThere(node, `has answered within ${HEARD_MS / 1_000} s`);
  const timer = setTimeout(() => heard.reject(late), HEARD_MS);
  look();
  return heard.promise.finally(() => {
    stop();
    clearTimeout(timer);
  });
}

function recordOf(nodes: NodeRegistry, node: string): NodeRecord | null {
  return nodes.all().find(({ name }) => name === node) ?? null;
}

function notThere(node: string, what: string): SovfnError {
  return new SovfnError('node-not-found', `no node "${node}" ${what}`, {
    hint: '`sovfn nodes list` shows the nodes that have.',
  });
}
