import type { NodeRegistry } from '@sovfn/bus';
import { auditText } from '@sovfn/protocol';
import type { AuditTrail } from './audit-trail.ts';

/** Notes nodes that come and go, as this gateway sees them. Returns the function that ends it. */
export function noteNodes(
  nodes: Pick<NodeRegistry, 'all' | 'onChange' | 'onSilent'>,
  audit: Pick<AuditTrail, 'count'>,
): () => void {
  let known = new Map<string, string>();
  const look = (): void => {
    const live = new Map(
      nodes.all().map(({ name, zones, labels }) => [name, `${zones.join(' ')} ${labels.labels.country}`]),
    );
    for (const [node, where] of live) {
      if (!known.has(node)) audit.count({ action: 'nodeJoined', details: { node, where: auditText(where) } });
    }
    for (const node of known.keys()) {
      if (!live.has(node)) audit.count({ action: 'nodeLeft', details: { node } });
    }
    known = live;
  };
  look();
  const stops = [nodes.onChange(look), nodes.onSilent(look)];
  return () => stops.forEach((stop) => stop());
}
