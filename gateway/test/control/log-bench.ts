/** A gateway whose functions log what a test says: the cells are played. */
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus } from '@sovfn/bus';
import {
  type CallEnd,
  inboxPrefix,
  type LogBatch,
  type LogEntry,
  type LogEvent,
  type LogHistory,
  logSubject,
} from '@sovfn/protocol';
import { expect } from 'vitest';
import { Arrivals } from '../peers/arrivals.ts';
import type { GatewayBenchOptions } from '../peers/gateway-bench.ts';
import type { Peer } from '../peers/peer-cell.ts';
import { ControlBench, TOKEN } from './control-bench.ts';

const VERSION = '1'.repeat(64);
const CALL = '01k2v5w8q9xr3t7yb4n6m0zc1d';
const CELL = 'c-talks';
export const TIME = new Date().toISOString();

/** What a follower is sent. */
export interface Sent {
  readonly kind: string;
  readonly id: string | null;
  readonly data: unknown;
}

export function line(text: string, more: Partial<LogEntry> = {}): LogEntry {
  const call = { time: TIME, invocation: CALL, event: null, attempt: null };
  return { ...call, level: 'info', text, end: null, ...more };
}

export function ending(end: Partial<CallEnd> = {}, more: Partial<LogEntry> = {}): LogEntry {
  const facts = { trigger: 'http', method: 'GET', path: '/', status: 200, outcome: 'ok' } as const;
  return line('', { end: { ...facts, cpuUs: 100, wallUs: 900, cold: false, omitted: 0, events: [], ...end }, ...more });
}

export class LogBench implements AsyncDisposable {
  readonly control: ControlBench;
  #cell: Peer;
  #functions = 0;
  /** The log of one test's function is not another's. */
  name = '';

  static async start(buckets: GatewayBenchOptions['buckets'] = {}): Promise<LogBench> {
    const control = await ControlBench.start({}, buckets);
    return new LogBench(control, await control.bench.cell(CELL));
  }

  private constructor(control: ControlBench, cell: Peer) {
    this.control = control;
    this.#cell = cell;
  }

  /** Deploys the function of the next test. */
  async nextFunction(): Promise<void> {
    this.name = `talks-${++this.#functions}`;
    await this.control.bench.untilVisible(await this.control.bench.deploy({ name: this.name }));
  }

  batch(entries: readonly LogEntry[], more: Partial<LogBatch> = {}): LogBatch {
    const names = { function: this.name, version: VERSION, node: 'node-1', source: CELL };
    return { v: 1, ...names, first: 0, entries: [...entries], dropped: 0, ...more };
  }

  shown(entry: LogEntry): LogEvent {
    return { v: 1, zone: 'fr', function: this.name, version: VERSION, node: 'node-1', ...entry };
  }

  async publish(...batches: readonly unknown[]): Promise<void> {
    return this.publishAs(this.#cell, 'main', ...batches);
  }

  async publishAs({ connection }: Peer, tenant: string, ...batches: readonly unknown[]): Promise<void> {
    const subject = logSubject({ zone: 'fr', tenant, function: this.name });
    for (const each of batches) {
      connection.publish(subject, Buffer.from(typeof each === 'string' ? each : JSON.stringify(each)));
    }
    await connection.flush();
  }

  /** Ends NATS and starts it again; the cell that was lost with it has a new one in its place. */
  async restartBus(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { nats } = this.control.bench;
    const { pid } = nats;
    process.kill(pid, signal);
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
    await nats.restart();
    this.#cell = await this.control.bench.cell(CELL);
  }

  /** A connection with a gateway's rights. */
  async asController(): Promise<NatsConnection & AsyncDisposable> {
    const { credential } = await this.control.bench.gatewayCredential('gw-1');
    const prefix = `${inboxPrefix('gateway')}.gw-1.test`;
    const { address } = this.control.bench;
    const connection = await connectBus({ address, credential, name: 'test', inboxPrefix: prefix });
    return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
  }

  /** What a follower is sent, from when it sees everything that is stored. */
  async follow(query = '', url = this.control.url) {
    const leave = new AbortController();
    const response = await fetch(`${url}/v1/functions/${this.name}/logs?follow=true${query}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leave.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = new Arrivals<Sent>();
    void (async () => {
      for await (const block of blocksOf(response)) if (!block.startsWith(':')) events.push(parseBlock(block));
    })().catch(() => undefined);
    const { kind, id: start } = await events.next();
    expect(kind).toBe('start');
    return { events, start: start!, leave: () => leave.abort() };
  }

  async history(query = '', of = this.name): Promise<LogHistory> {
    return (await this.control.ask('GET', `/v1/functions/${of}/logs${query}`)).json as LogHistory;
  }

  async texts(query = '', of = this.name): Promise<string[]> {
    return (await this.history(query, of)).entries.map(({ text }) => text);
  }

  /** The history, once it has so many entries: what was published is stored a moment later. */
  async untilStored(count: number, query = '?limit=10000'): Promise<LogHistory> {
    for (;;) {
      const found = await this.history(query);
      if (found.entries.length >= count) return found;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control[Symbol.asyncDispose]();
  }
}

export async function* blocksOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    yield* blocks;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function parseBlock(block: string): Sent {
  const field = (of: string) => new RegExp(`^${of}: (.*)$`, 'm').exec(block)?.[1] ?? null;
  return { kind: field('event')!, id: field('id'), data: JSON.parse(field('data')!) };
}
