import {
  type CallEgress,
  definitionIn,
  type Labels,
  type ListedRequest,
  type Receipt,
  shortVersion,
} from '@sovfn/protocol';
import type { Showing } from './context.ts';
import type { Say } from './language.ts';
import { printable } from './printable.ts';
import { zoneText } from './render-zone.ts';
import { formatFacts } from './table.ts';

/** What a receipt says, in people's words, and what it does not prove. */
export function renderReceipt({ gateway, node }: Receipt, { say, output: { width } }: Showing): string {
  const { context, call } = gateway;
  const { invocation, trigger, event, attempt, startedAt, wallUs, outcome, status, input, output } = call;
  const { function: name, tenant, version, zone } = context;
  const signer = node?.context.signer;
  const body = (part: typeof output): string =>
    part === null ? say('receipts.no-body') : say('receipts.body', { bytes: part.bytes, sha256: part.sha256 });
  const where =
    node === null
      ? say('receipts.nowhere')
      : say('receipts.where', { node: node.context.node, cell: node.context.cell, zone });
  const definition = definitionIn(gateway.labels.labels, zone);
  const rows = [
    [say('receipts.row.call'), say('receipts.call', { invocation, trigger })],
    ...(event === null ? [] : [[say('receipts.row.event'), say('receipts.event', { event, attempt: attempt ?? 1 })]]),
    [say('receipts.row.code'), say('receipts.code', { function: name, tenant, version: shortVersion(version) })],
    ...(signer === undefined ? [] : [[say('receipts.row.signer'), signer]]),
    [say('receipts.row.when'), say('receipts.when', { from: startedAt, ms: Math.round(wallUs / 1_000) })],
    [say('receipts.row.where'), where],
    ...(definition === null ? [] : [[say('receipts.row.zone'), zoneText(definition, say)]]),
    ...(node === null ? [] : [[say('receipts.row.place'), placeOf(node.labels.labels, say)]]),
    ...(node === null ? [] : [[say('receipts.row.runtime'), printable(node.context.runtime)]]),
    [say('receipts.row.outcome'), status === null ? outcome : `${outcome} (${status})`],
    [say('receipts.row.in'), body(input)],
    [say('receipts.row.out'), body(output)],
    ...(node === null ? [] : [[say('receipts.row.egress'), egressOf(node.call.egress, say)]]),
  ];
  const sent = (node?.call.egress.listed ?? []).map(requestRow);
  const tables = sent.length === 0 ? [formatFacts(rows, width)] : [formatFacts(rows, width), formatFacts(sent, width)];
  return [...tables, say('receipts.limits')].join('\n\n');
}

function egressOf({ requests, listed }: CallEgress, say: Say): string {
  if (requests === 0) return say('receipts.no-egress');
  return say(listed.length === requests ? 'receipts.egress' : 'receipts.egress.more', {
    requests,
    listed: listed.length,
  });
}

function requestRow({ method, origin, address, country, outcome, status, sentBytes }: ListedRequest): string[] {
  const to = address === null ? '' : country === null ? address : `${address} (${country})`;
  return [
    `  ${printable(method)}`,
    printable(origin),
    to,
    status === null ? outcome : `${outcome} (${status})`,
    `${sentBytes} B`,
  ];
}

function placeOf({ country, region, city, operator, legalSeat, certs, basis }: Labels, say: Say): string {
  const parts = [country, region, city, operator, legalSeat, certs.length === 0 ? null : certs.join('+')];
  const place = printable(parts.filter((part) => part !== null).join(', '));
  return say(basis === 'declared' ? 'receipts.place.declared' : 'receipts.place.assumed', { place });
}
