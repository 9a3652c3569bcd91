import type { NodeRecord, StorageUse } from '@sovfn/protocol';
import type { Samples } from './samples.ts';
import type { LoopDelay } from './loop-delay.ts';

export interface PlatformFacts {
  readonly gateway: string;
  readonly version: string;
  readonly callsInFlight: number;
  readonly isBusConnected: boolean;
  readonly isBacklogKnown: boolean;
  readonly functions: number;
  readonly zones: readonly string[];
  readonly nodes: readonly NodeRecord[];
  readonly loopDelay: LoopDelay;
}

export function addPlatform(to: Samples, facts: PlatformFacts): void {
  const { nodes, zones, loopDelay } = facts;
  to.add('sovfn_build_info', [facts.gateway, facts.version, process.version], 1);
  to.add('sovfn_calls_in_flight', [], facts.callsInFlight);
  to.add('sovfn_bus_connected', [], Number(facts.isBusConnected));
  to.add('sovfn_backlog_known', [], Number(facts.isBacklogKnown));
  to.add('sovfn_functions', [], facts.functions);
  for (const zone of zones) to.add('sovfn_nodes', [zone], nodes.filter((node) => node.zones.includes(zone)).length);
  for (const { name, cells, versions } of nodes) {
    to.add('sovfn_node_cells', [name], cells);
    to.add('sovfn_node_versions', [name], versions);
  }
  to.add('sovfn_event_loop_delay_seconds', ['0.5'], loopDelay.p50);
  to.add('sovfn_event_loop_delay_seconds', ['0.99'], loopDelay.p99);
  to.add('sovfn_event_loop_delay_seconds', ['1'], loopDelay.longest);
}

/** Null: the tenant has no quota of storage. */
export function addStorage(to: Samples, use: StorageUse | null): void {
  if (use === null) return;
  to.add('sovfn_tenant_storage_bytes', [use.tenant], use.usedBytes);
  to.add('sovfn_tenant_storage_quota_bytes', [use.tenant], use.quotaBytes);
}
