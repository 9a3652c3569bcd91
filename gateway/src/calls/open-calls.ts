import { WireClient } from '@sovfn/bus/wire';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import type { GatewayContext } from '../context.ts';
import { logBusRefused, logBusState, logInvalidMessage } from '../events.ts';
import type { KeyWatch } from '../keys/key-watch.ts';
import type { Log } from '../logger.ts';
import type { GatewayReceipts } from '../receipts/gateway-receipts.ts';
import type { CallSpans } from '../telemetry/call-spans.ts';
import { CallClient } from './call-client.ts';

export interface OpenCallsOptions extends Pick<GatewayContext, 'nodes' | 'enrolments'> {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly keyWatch: KeyWatch;
  readonly receipts: GatewayReceipts;
  readonly audit: AuditTrail;
  readonly spans: CallSpans | null;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** The call path, closed by `parts`. It has a connection of its own: nothing else shares its socket. */
export async function openCalls(options: OpenCallsOptions): Promise<CallClient> {
  const { config, secrets, nodes, enrolments, keyWatch, receipts, audit, spans, log, parts } = options;
  const { id, zones, bus: address } = config;
  const onRefused = (reason: string): void => logBusRefused(log, reason);
  const wire = await WireClient.connect({ address, credential: secrets.bus, name: `gateway ${id} calls`, onRefused });
  parts.defer(() => wire.close());
  wire.onState((isConnected) => logBusState(log, isConnected));
  const calls = new CallClient({
    wire,
    gateway: id,
    zones,
    countriesIn: (zone) => nodes.countriesIn(zone),
    onUnsatisfied: ({ tenant, function: name, zone }) =>
      audit.count({ action: 'residencyRefused', tenant, function: name, details: { zone } }),
    assertUsable: (tenant) => keyWatch.assertUsable(tenant),
    onStated: (target, record) => receipts.add(target, record),
    spans,
    onInvalid: (reason) => logInvalidMessage(log, reason),
  });
  parts.defer(() => calls.close());
  parts.defer(nodes.onSilent((node) => calls.nodeGone(node)));
  parts.defer(enrolments.onRemoved((node) => calls.nodeGone(node)));
  return calls;
}
