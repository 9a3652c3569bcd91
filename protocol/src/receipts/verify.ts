/**
 * Verifies a receipt with nothing but the platform's public key.
 *
 * Guarantees: a receipt is accepted in one spelling only, and each character of it is covered: by a signature, by a hash that
 * a signature covers, or because the rules leave no other value.
 * Hostile: all of it.
 */
import { SovfnError } from '../errors.ts';
import { invocationTime } from '../invocation-id.ts';
import { canonicalJson, readableJson } from '../trust/canonical-json.ts';
import { assertLabelsSigned } from '../trust/check-labels.ts';
import { type NamedZone, outsideOfZone } from '../trust/named-zones.ts';
import { documentDigest, isSignedBy, SIGNED_KINDS } from '../trust/signing.ts';
import { leafOfRecord } from './batch-root.ts';
import { gatewayRecord, nodeRecord } from './call-record.ts';
import { decodeHash, encodeHash, type NodeHash, rootOfPath } from './merkle.ts';
import {
  BATCH_VERSION,
  EMPTY_SHA256,
  type GatewayHalf,
  type NodeHalf,
  type Receipt,
  receiptSchema,
} from './receipt.ts';
import { gatewayLine, leafOfLine, nodeLine } from './version-1.ts';
import { rootOfWidePath } from './wide-tree.ts';
import { jsonOrNull } from '../json.ts';

/** Clocks of gateway and node, and of either before and after a step, may differ by so much. Milliseconds. */
const CLOCK_MS = 60_000;

/** Throws SovfnError `receipt-invalid`, whose message says what does not fit. */
export function verifyReceipt(text: string, platformPublicKey: string): Receipt {
  const receipt = parseReceipt(text);
  const { node, gateway } = receipt;
  assertRecordable(gateway);
  verifyHalf(gateway, leafOfGateway(gateway), gateway.context.gateway, platformPublicKey);
  assertBodies(gateway);
  if (node === null) return receipt;
  assertRecordable(node);
  verifyHalf(node, leafOfNode(node), node.context.node, platformPublicKey);
  assertSameCall(node, gateway);
  const { requests, listed } = node.call.egress;
  assert(listed.length <= requests, 'the node lists more requests than it counts');
  return receipt;
}

/**
 * Of a receipt that verifies: was the call one of the zone, and do the signed labels of whoever had it satisfy what the zone asks for?
 * Throws SovfnError `receipt-invalid`.
 */
export function assertReceiptInZone({ gateway, node }: Receipt, zone: NamedZone): void {
  for (const half of [gateway, node]) {
    if (half === null) continue;
    const { context, labels } = half;
    assert(context.zone === zone.name, `the call was one of zone "${context.zone}", not of "${zone.name}"`);
    const outside = outsideOfZone(labels.labels, zone);
    const who = `${context.role} "${labels.labels.name}"`;
    assert(outside === null, `${who} is not in zone "${zone.name}" as it is defined: ${outside}`);
  }
}

function parseReceipt(text: string): Receipt {
  const parsed = receiptSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`it does not have the form of a receipt (${issue?.path.join('.')}: ${issue?.message})`);
  }
  const receipt: Receipt = parsed.data;
  if (text === readableJson(receipt) || text === canonicalJson(receipt)) return receipt;
  throw invalid('it is not spelled as receipts are: keys in order, two spaces or none, nothing besides');
}

function leafOfGateway({ context, call, batch }: GatewayHalf): NodeHash {
  const digest = documentDigest(context);
  return batch.v === BATCH_VERSION ? leafOfRecord(digest, gatewayRecord(call)) : leafOfLine(digest, gatewayLine(call));
}

function leafOfNode({ context, call, batch }: NodeHalf): NodeHash {
  const digest = documentDigest(context);
  return batch.v === BATCH_VERSION ? leafOfRecord(digest, nodeRecord(call)) : leafOfLine(digest, nodeLine(call));
}

function verifyHalf(half: NodeHalf | GatewayHalf, leaf: NodeHash, name: string, platformPublicKey: string): void {
  const { context, call, index, path, batch, signature, labels: signed } = half;
  const { labels } = signed;
  const who = `${context.role} "${name}"`;
  try {
    assertLabelsSigned(signed, platformPublicKey);
  } catch (error) {
    throw invalid((error as Error).message);
  }
  assert(labels.role === context.role && labels.name === name, `the labels are not those of ${who}`);
  assert(batch.role === context.role && batch.signer === name, `the batch is not one of ${who}`);
  assert(context.labelsSha256 === documentDigest(signed), `${who} named other labels than these`);
  assert(
    isSignedBy(SIGNED_KINDS.receipts, batch, signature, labels.publicKey),
    `the signature of ${who} does not fit its batch`,
  );
  const place = { index, size: batch.size, path: path.map(decodeHash) };
  const root = batch.v === BATCH_VERSION ? rootOfWidePath(leaf, place) : rootOfPath(leaf, place);
  assert(root !== null && encodeHash(root) === batch.root, `what ${who} signed says something else about the call`);
  assert(labels.zones.includes(context.zone), `the labels of ${who} do not satisfy the zone "${context.zone}"`);
  const [from, to] = [Date.parse(labels.issuedAt), Date.parse(labels.expiresAt)];
  const startedAt = Date.parse(call.startedAt);
  assert(startedAt >= from - CLOCK_MS && startedAt <= to, `the labels of ${who} did not hold when the call began`);
  assert(Date.parse(batch.sealedAt) >= startedAt - CLOCK_MS, `the batch of ${who} was sealed before the call`);
  assert(call.event !== null || call.attempt === null, `the call of ${who} names half an event`);
  assert(startedAt >= invocationTime(call.invocation) - CLOCK_MS, `${who} ran the call before it had its id`);
}

/** What no record can say, which is what was signed. */
function assertRecordable({ call }: NodeHalf | GatewayHalf): void {
  assert(Date.parse(call.startedAt) >= 0, 'the call began before 1970');
  if ('cell' in call) assert((call.node === null) === (call.cell === null), 'the gateway names half of who answered');
}

function assertBodies({ call: { input, output } }: GatewayHalf): void {
  for (const body of [input, output]) {
    assert(
      body === null || (body.bytes === 0) === (body.sha256 === EMPTY_SHA256),
      'a body has a size that is not its hash’s',
    );
  }
}

/** Both halves speak of one run: the same call of the same code in the same place. */
function assertSameCall(node: NodeHalf, gateway: GatewayHalf): void {
  for (const key of ['zone', 'tenant', 'function', 'version'] as const) {
    assert(node.context[key] === gateway.context[key], `node and gateway name another ${key}`);
  }
  for (const key of ['invocation', 'trigger', 'event', 'attempt'] as const) {
    assert(node.call[key] === gateway.call[key], `node and gateway name another ${key}`);
  }
  const { node: answered, cell } = gateway.call;
  if (answered === null) return;
  assert(answered === node.context.node && cell === node.context.cell, 'another node or cell answered the gateway');
}

function assert(condition: boolean, reason: string): asserts condition {
  if (!condition) throw invalid(reason);
}

function invalid(reason: string): SovfnError {
  return new SovfnError('receipt-invalid', `the receipt does not verify: ${reason}`, {
    hint: 'Fetch it again. If it fails again, it was changed, or it is of another platform than the key.',
  });
}
