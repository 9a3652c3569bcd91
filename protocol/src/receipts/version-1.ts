/**
 * Batches of version 1, which are read and verified, and no longer made. Each call is a line of text: values of a call, written as in
 * JSON but without the brackets. A leaf is the JSON array of the context's digest and those values, and the tree is that of RFC 6962.
 */
import { z } from 'zod';
import { egressValues } from './call-egress.ts';
import { encodeHash, hashLeaf, type NodeHash, WholeTree } from './merkle.ts';
import { type GatewayCall, gatewayCallSchema, type NodeCall, nodeCallSchema, timeText } from './receipt.ts';

export type LeafLine = string;

export function leafOfLine(contextDigest: string, line: LeafLine): NodeHash {
  return hashLeaf(`["${contextDigest}",${line}]`);
}

export interface StoredLine {
  /** Of its context. */
  readonly place: number;
  readonly line: LeafLine;
}

/** Behind the head of a stored batch: for each call the place of its context, a tab, its line, a line feed. */
export function parseStoredLines(stored: Buffer): StoredLine[] {
  const lines = stored.toString('utf8').split('\n').slice(0, -1);
  return lines.map((text) => {
    const tab = text.indexOf('\t');
    return { place: Number(text.slice(0, tab)), line: text.slice(tab + 1) };
  });
}

export function pathOfLine(lines: readonly StoredLine[], digests: readonly string[], index: number): string[] {
  const leaves = lines.map(({ place, line }) => leafOfLine(digests[place]!, line));
  return new WholeTree(leaves).path(index).map(encodeHash);
}

export function nodeLine(call: NodeCall): LeafLine {
  return `${commonLine(call)},${call.cpuUs},${egressValues(call.egress)}`;
}

export function gatewayLine(call: GatewayCall): LeafLine {
  const { input, output, node, cell } = call;
  const ofOutput = output === null ? 'null,null' : `${output.bytes},"${output.sha256}"`;
  const runner = node === null ? 'null,null' : `"${node}","${cell!}"`;
  return `${commonLine(call)},${input.bytes},"${input.sha256}",${ofOutput},${runner}`;
}

function commonLine(call: NodeCall | GatewayCall): string {
  const { invocation, trigger, event, attempt, startedAt, wallUs, outcome, status } = call;
  const events = event === null ? 'null,null' : `"${event}",${attempt}`;
  return `"${invocation}","${trigger}",${events},${Date.parse(startedAt)},${wallUs},"${outcome}",${status}`;
}

/** Throws ZodError for what is none. */
export function parseNodeLine(line: LeafLine): NodeCall {
  const [invocation, trigger, event, attempt, startedAtMs, wallUs, outcome, status, ...rest] = parseLine(line);
  const [cpuUs, requests, listed, ...more] = rest;
  const common = { invocation, trigger, event, attempt, startedAt: timeText(startedAtMs), wallUs, outcome, status };
  const values = { ...common, cpuUs, egress: { requests, listed } };
  return nodeCallSchema.parse(more.length === 0 ? values : null);
}

export function parseGatewayLine(line: LeafLine): GatewayCall {
  const [invocation, trigger, event, attempt, startedAtMs, wallUs, outcome, status, ...rest] = parseLine(line);
  const [inputBytes, inputSha256, outputBytes, outputSha256, node, cell, ...more] = rest;
  const common = { invocation, trigger, event, attempt, startedAt: timeText(startedAtMs), wallUs, outcome, status };
  const input = { bytes: inputBytes, sha256: inputSha256 };
  const output = outputSha256 === null ? null : { bytes: outputBytes, sha256: outputSha256 };
  return gatewayCallSchema.parse(more.length === 0 ? { ...common, input, output, node, cell } : null);
}

function parseLine(line: LeafLine): unknown[] {
  return z.array(z.unknown()).parse(JSON.parse(`[${line}]`));
}
