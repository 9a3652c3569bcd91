/**
 * The broker as the supervisor sees it: a child process with a channel.
 *
 * Guarantees: `ended` resolves once, with the reason; a broker that breaks the channel's protocol, is not ready in time, or
 * does not answer is killed; what it began and did not end is noted as failed. It has an environment of its own, nothing but
 * the operator's certificates. Hostile: what it says, as it speaks to hosts of the internet.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { refuseRingsToChildren } from '../../cell/lock/no-rings.ts';
import {
  BROKER_CONTROL_FD,
  type BrokerGrant,
  type FromBroker,
  fromBrokerSchema,
  type RequestNoteMessage,
  type ToBroker,
} from '../../channel/broker-control.ts';
import { Channel } from '../../channel/frame.ts';
import type { LockLevel } from '../../channel/lock-level.ts';
import { versionKey } from '../cells/held-version.ts';
import { forwardLines } from '../cells/output-lines.ts';
import { BROKER_NODE_FLAGS, brokerEnvironment } from './broker-flags.ts';
import { RequestNotes, type RequestNotesOptions } from './request-notes.ts';

/** A cell, as far as the broker has to do with it. All of it is the supervisor's own knowledge. */
export interface BrokerCell {
  readonly name: string;
  readonly zone: string;
  readonly tenant: string;
  readonly hasEnded: () => boolean;
  /** Of a version that the cell has; null for every other one. */
  readonly grantOf: (name: string, version: string) => BrokerGrant | null;
  /** It has broken a rule on its connection to the broker. */
  readonly onMisdeed: (reason: string) => void;
  /** What it wants of the broker fails, for this reason. */
  readonly onNoBroker: (reason: string) => void;
}

export type BrokerBoot = Omit<Extract<ToBroker, { type: 'boot' }>, 'v' | 'type'>;

export interface BrokerProcessOptions extends RequestNotesOptions {
  /** File to run (see `buildPrograms`). */
  readonly program: string;
  /** Where cells listen. */
  readonly sockets: string;
  readonly boot: BrokerBoot;
  /** A broker that is locked less firmly is killed before it has a cell. */
  readonly requireLockLevel: LockLevel;
  readonly onOutput: (text: string) => void;
  readonly onDefect: (reason: string) => void;
}

interface Attachment {
  readonly cell: BrokerCell;
  readonly attached: PromiseWithResolvers<void>;
  /** Versions whose rights the broker knows. */
  readonly granted: Set<string>;
}

const v = PROTOCOL_VERSION;
const READY_MS = 20_000;
const PING_MS = 5_000;
/** Pings, not time: when this process itself stood still, the broker did not fall silent. */
const MOST_UNANSWERED = 4;
const STOP_MS = 2_000;
/** Most of a message are notes of requests. */
const INBOUND_BYTES = 4 * 1024 * 1024;

export class BrokerProcess {
  readonly pid: number;
  /** Resolves with its lock level when it can be used; rejects when it ends before. */
  readonly ready: Promise<LockLevel>;
  /** Null: by itself, because no cell needed it. */
  readonly ended: Promise<string | null>;
  readonly #options: BrokerProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Channel<FromBroker, ToBroker>;
  readonly #notes: RequestNotes;
  readonly #ready = Promise.withResolvers<LockLevel>();
  readonly #attachments = new Map<number, Attachment>();
  #lastAttachment = 0;
  #unanswered = 0;
  #cause: string | null = null;
  #isUsable = true;

  /** Throws when the machine has no process or descriptor left. */
  static start(options: BrokerProcessOptions): BrokerProcess {
    const child = spawnBroker(options);
    if (child.pid === undefined)
      throw new Error('no process could be started for it (look at ulimit -u and ulimit -n)');
    return new BrokerProcess(options, child, child.pid);
  }

  private constructor(options: BrokerProcessOptions, child: ChildProcess, pid: number) {
    this.#options = options;
    this.#child = child;
    this.pid = pid;
    this.#notes = new RequestNotes(options);
    this.#channel = new Channel((child.stdio as readonly unknown[])[BROKER_CONTROL_FD] as Duplex, {
      schema: fromBrokerSchema,
      onMessage: (message) => this.#onMessage(message),
      onClosed: (reason) => this.#onChannelClosed(reason),
      maxFrameBytes: INBOUND_BYTES,
    });
    for (const output of [child.stdout!, child.stderr!]) forwardLines(output, options.onOutput);
    const late = setTimeout(() => this.kill(`was not ready within ${READY_MS} ms`), READY_MS);
    this.ready = this.#ready.promise.finally(() => clearTimeout(late));
    this.ready.catch(() => undefined);
    const pings = setInterval(() => this.#ping(), PING_MS);
    this.ended = this.#watchEnd().finally(() => clearInterval(pings));
    this.#channel.send({ v, type: 'boot', ...options.boot });
  }

  /** It takes cells. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Resolves when it is connected to the cell; throws when it ends before, or cannot. */
  async attach(cell: BrokerCell): Promise<void> {
    if (!this.#isUsable) throw new Error('it is ending');
    const number = ++this.#lastAttachment;
    const attached = Promise.withResolvers<void>();
    this.#attachments.set(number, { cell, attached, granted: new Set() });
    const { name: socket, zone, tenant } = cell;
    this.#channel.send({ v, type: 'attach', attachment: number, socket, zone, tenant });
    await attached.promise;
  }

  /** Connections to the cell, those under way included. */
  attachmentsOf(cell: BrokerCell): number {
    let count = 0;
    for (const attachment of this.#attachments.values()) if (attachment.cell === cell) count++;
    return count;
  }

  /** The rights of a version have changed, or the cell has let go of it. */
  regrant(cell: BrokerCell, name: string, version: string): void {
    for (const [number, { cell: attached, granted }] of this.#attachments) {
      if (attached === cell && granted.has(versionKey({ function: name, version }))) this.#grant(number, name, version);
    }
  }

  kill(cause: string): void {
    this.#isUsable = false;
    this.#cause ??= cause;
    this.#child.kill('SIGKILL');
  }

  /** It says what is left to say, for STOP_MS, and ends. */
  async stop(): Promise<void> {
    this.#isUsable = false;
    this.#channel.send({ v, type: 'stop' });
    const late = setTimeout(() => this.kill(`did not end within ${STOP_MS} ms`), STOP_MS);
    await this.ended;
    clearTimeout(late);
  }

  #onMessage(message: FromBroker): void {
    switch (message.type) {
      case 'ready':
        return this.#onReady(message);
      case 'attached':
        return this.#attachments.get(message.attachment)?.attached.resolve();
      case 'detached':
        return this.#onDetached(message.attachment, message.misdeed);
      case 'grant-wanted':
        return this.#grant(message.attachment, message.function, message.version);
      case 'requests':
        return message.notes.forEach((note) => this.#onNote(note));
      case 'pong':
        this.#unanswered = 0;
        return;
      case 'defect':
        return this.#options.onDefect(message.reason);
    }
  }

  #onReady({ lockLevel, unlockedBecause }: Extract<FromBroker, { type: 'ready' }>): void {
    const { requireLockLevel } = this.#options;
    if (lockLevel >= requireLockLevel) return this.#ready.resolve(lockLevel);
    this.kill(`the node requires lock level ${requireLockLevel}, and it reached ${lockLevel}: ${unlockedBecause}`);
  }

  #onDetached(number: number, misdeed: string | null): void {
    const attachment = this.#attachments.get(number);
    this.#attachments.delete(number);
    attachment?.attached.reject(new Error('it could not connect to the cell'));
    if (misdeed !== null) attachment?.cell.onMisdeed(misdeed);
  }

  #grant(number: number, name: string, version: string): void {
    const attachment = this.#attachments.get(number);
    if (attachment === undefined) return;
    const grant = attachment.cell.grantOf(name, version);
    const of = { function: name, version };
    if (grant === null) {
      attachment.granted.delete(versionKey(of));
      return this.#channel.send({ v, type: 'revoke', attachment: number, ...of });
    }
    attachment.granted.add(versionKey(of));
    this.#channel.send({ v, type: 'grant', attachment: number, ...of, ...grant });
  }

  #onNote(note: RequestNoteMessage): void {
    if (note.type === 'over') return this.#notes.end(note);
    const attachment = this.#attachments.get(note.attachment);
    if (attachment === undefined) return;
    const { zone, tenant } = attachment.cell;
    const owner = { zone, tenant, function: note.function, version: note.version };
    if (note.type === 'begun') this.#notes.begin(owner, note);
    else this.#notes.add(owner, note);
  }

  #ping(): void {
    if (++this.#unanswered > MOST_UNANSWERED) return this.kill(`did not answer for ${PING_MS * MOST_UNANSWERED} ms`);
    this.#channel.send({ v, type: 'ping' });
  }

  #onChannelClosed(reason: Error | null): void {
    this.#isUsable = false;
    if (reason !== null && !('syscall' in reason)) return this.kill(`broke the channel: ${reason.message}`);
    const late = setTimeout(() => this.kill('closed its channel and did not exit'), STOP_MS);
    void this.ended.then(() => clearTimeout(late));
  }

  async #watchEnd(): Promise<string | null> {
    const ended = await new Promise<string | null>((resolve) => {
      // After `exit`, when everything that it said has been read.
      this.#child.on('close', (code, signal) => resolve(signal ?? (code === 0 ? null : `exit code ${code}`)));
    });
    this.#isUsable = false;
    this.#channel.close();
    this.#notes.endAll();
    const error = new Error(`it ended (${this.#cause ?? ended ?? 'unused'})`);
    this.#ready.reject(error);
    for (const { attached } of this.#attachments.values()) {
      attached.promise.catch(() => undefined);
      attached.reject(error);
    }
    return this.#cause ?? ended;
  }
}

function spawnBroker({ program, sockets }: BrokerProcessOptions): ChildProcess {
  refuseRingsToChildren();
  const child = spawn(process.execPath, [...BROKER_NODE_FLAGS, program], {
    cwd: sockets,
    env: brokerEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // A process that did not start has no pid; every other error is followed by its exit.
  child.on('error', () => undefined);
  return child;
}
