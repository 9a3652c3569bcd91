/** What a platform on one machine consists of: gateways, one node, one zone, and the servers between them. */
/** Names of the parts: nats-server, MinIO, the gateway, the node's supervisor. */
export const PARTS = ['bus', 'store', 'gateway', 'node'] as const;
/** Further processes of the gateway are `gateway-2`, `gateway-3`…: they share its public port. */
export type FurtherGateway = `gateway-${number}`;
export type PartName = (typeof PARTS)[number] | FurtherGateway;

const FURTHER_GATEWAY = /^gateway-(?:[2-9]|[1-9]\d)$/;

export function isPartName(text: string): text is PartName {
  return (PARTS as readonly string[]).includes(text) || isFurtherGateway(text);
}

export function isFurtherGateway(text: string): text is FurtherGateway {
  return FURTHER_GATEWAY.test(text);
}

/** In groups, one after the other: the gateways' calls need the node to finish, and all need the servers. */
export function inEndingOrder(names: readonly PartName[]): readonly PartName[][] {
  const gateways = names.filter((name) => name === 'gateway' || isFurtherGateway(name));
  const among = (...parts: readonly PartName[]): PartName[] => parts.filter((name) => names.includes(name));
  return [gateways, among('node'), among('store', 'bus')];
}

/** The gateway with the ordinal 1 is there always. */
export const gatewayPart = (ordinal: number): 'gateway' | FurtherGateway => {
  return ordinal === 1 ? 'gateway' : `gateway-${ordinal}`;
};
export const gatewayId = (ordinal: number): string => `gw-${ordinal}`;
export const GATEWAY_ID = gatewayId(1);
export const NODE_NAME = 'node-1';
export const BUNDLES_BUCKET = 'sovfn-bundles';
export const OUTPUTS_BUCKET = 'sovfn-outputs';
/** Bodies of events that are too large for the bus, until the event has ended. */
export const EVENTS_BUCKET = 'sovfn-events';
/** What functions have logged, when the bus lets go of it. */
export const LOGS_BUCKET = 'sovfn-logs';
/** Copies of the audit log and of receipts. */
export const PROOFS_BUCKET = 'sovfn-proofs';
/** Objects of `bucket` bindings: the one bucket that nodes write to. */
export const DATA_BUCKET = 'sovfn-data';
