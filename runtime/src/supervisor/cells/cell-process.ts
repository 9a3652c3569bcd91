/**
 * One cell as the supervisor sees it: a child process with a channel, a watch pipe and, until it is assigned, an IPC
 * channel over which it is handed its NATS socket.
 *
 * Guarantees: `ended` resolves exactly once, with the first cause; a cell that breaks the channel's protocol, is not
 * ready in time or outlives its channel is killed. Its environment is CELL_ENVIRONMENT: nothing of the node's leaks through it.
 * Hostile, once it is assigned: everything it sends. Its IPC channel is closed then, because Node itself reads that one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION, SovfnError } from '@sovfn/protocol';
import { Channel } from '../../channel/frame.ts';
import { CHANNEL_FD, type FromCell, fromCellSchema, type ToCell, WATCH_FD } from '../../channel/messages.ts';
import { refuseRingsToChildren } from '../../cell/lock/no-rings.ts';
import { LOCK_LEVEL_PROCESS, type LockLevel } from '../../channel/lock-level.ts';
import { type CellEnd, type EndCause, endOf, lost } from './cell-end.ts';
import { CELL_ENVIRONMENT, CELL_NODE_FLAGS } from './cell-flags.ts';
import { CellWatch } from './cell-watch.ts';
import { forwardLines } from './output-lines.ts';
import { ProcessorShare } from './processor-share.ts';

/** The prelude and its code cache, as every cell gets them. */
export interface BootImage {
  readonly prelude: Buffer;
  /** Texts of its lazy parts: JSON. */
  readonly parts: Buffer;
  /** Empty when there is none. */
  readonly cache: Buffer;
}

export interface CellProcessOptions {
  readonly name: string;
  /** File to run (see `buildPrograms`). */
  readonly program: string;
  /** For the program; default: none. */
  readonly args?: readonly string[];
  readonly image: BootImage;
  /** Directory in which it listens for the node's broker, under its name. */
  readonly sockets: string;
  /** A cell that is locked less firmly is killed before it has a tenant. */
  readonly requireLockLevel: LockLevel;
  /** A line that the process wrote to its standard output or error. */
  readonly onOutput: (text: string) => void;
}

/** `tail` is the receiver's to keep. */
export type OnCellMessage = (message: FromCell, tail: Buffer) => void;

export type Assignment = Omit<Extract<ToCell, { type: 'assign' }>, 'v' | 'type' | 'cell'>;

/** Starting takes 0.1–0.2 s; a machine that is swapping may need much longer. */
const READY_MS = 20_000;
const ASSIGNED_MS = 10_000;
/** Between the end of its channel and its exit. */
const EXIT_MS = 2_000;
/** Largest message of a cell: `stats` of ten thousand versions. Bytes. */
const INBOUND_BYTES = 2 * 1024 * 1024;
/** What a cell has not read, code that it is sent included: nothing that it says is heard meanwhile. Bytes. */
const UNREAD_BYTES = 64 * 1024 * 1024;

export class CellProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the cell has taken in the prelude; rejects with SovfnError `not-started` when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<CellEnd>;
  readonly share: ProcessorShare;
  readonly #sockets: string;
  readonly #requireLockLevel: LockLevel;
  readonly #child: ChildProcess;
  readonly #channel: Channel<FromCell, ToCell>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #assigned = Promise.withResolvers<void>();
  #lockLevel: LockLevel = LOCK_LEVEL_PROCESS;
  #watch: CellWatch | null = null;
  #cause: EndCause | null = null;
  #hasEnded = false;
  #onMessage: OnCellMessage = () => undefined;

  /** Throws SovfnError `not-started` when the machine has no process or descriptor left. */
  static start(options: CellProcessOptions): CellProcess {
    const child = spawnCell(options);
    if (child.pid !== undefined) return new CellProcess(options, child, child.pid);
    throw new SovfnError('not-started', `no process could be started for the cell "${options.name}"`, {
      hint: 'Look at the limits of processes and of open files of the supervisor (ulimit -u, ulimit -n).',
    });
  }

  private constructor(options: CellProcessOptions, child: ChildProcess, pid: number) {
    this.name = options.name;
    this.pid = pid;
    this.share = new ProcessorShare(pid);
    this.#sockets = options.sockets;
    this.#requireLockLevel = options.requireLockLevel;
    this.#child = child;
    this.ready = this.#within(this.#ready.promise, READY_MS, 'ready');
    this.ready.catch(() => undefined);
    this.#assigned.promise.catch(() => undefined);
    this.ended = this.#watchEnd();
    forwardLines(this.#child.stdout!, options.onOutput);
    forwardLines(this.#child.stderr!, options.onOutput);
    this.#channel = new Channel(pipeOf(this.#child, CHANNEL_FD), {
      schema: fromCellSchema,
      onMessage: (message, tail) => this.#receive(message, tail),
      onClosed: (reason) => this.#onChannelClosed(reason),
      maxFrameBytes: INBOUND_BYTES,
      mostUnsentBytes: UNREAD_BYTES,
    });
    const { prelude, parts, cache } = options.image;
    const boot = {
      socket: this.name,
      preludeBytes: prelude.length,
      partsBytes: parts.length,
      cacheBytes: cache.length,
    };
    this.#channel.send({ v: PROTOCOL_VERSION, type: 'boot', ...boot }, [prelude, parts, cache]);
  }

  /** How firmly the operating system confines it, as it said itself before it had a tenant. */
  get lockLevel(): LockLevel {
    return this.#lockLevel;
  }

  /** MiB at the last look; 0 before it is ready. */
  get rssMb(): number {
    return this.#watch?.rssMb ?? 0;
  }

  /** Bytes that the cell has not read yet. */
  get unsentBytes(): number {
    return this.#channel.unsentBytes;
  }

  /**
   * Makes it the cell of a tenant for good. `bus` is a connected socket of which nothing has been read; it belongs to the
   * cell from now on. Resolves when NATS has accepted the cell; throws SovfnError `not-started` else, and then it is dead.
   */
  async assign(assignment: Assignment, bus: Socket, onMessage: OnCellMessage): Promise<void> {
    this.#onMessage = onMessage;
    this.send({ type: 'assign', cell: this.name, ...assignment });
    await this.#handOver(bus);
    await this.#within(this.#assigned.promise, ASSIGNED_MS, 'assigned');
    if (this.#child.connected) this.#child.disconnect();
  }

  send(message: DistributiveOmit<ToCell, 'v'>, tail: readonly Uint8Array[] = []): void {
    this.#channel.send({ v: PROTOCOL_VERSION, ...message }, tail);
  }

  /** The cell reads less than it is sent. */
  get isCongested(): boolean {
    return this.#channel.isCongested;
  }

  onceDrained(callback: () => void): void {
    this.#channel.onceDrained(callback);
  }

  setMemoryBudget(budgetMb: number): void {
    this.#watch?.setBudget(budgetMb);
  }

  /** Kills it at once. Of several causes the first one counts. */
  kill(cause: EndCause): void {
    if (this.#hasEnded) return;
    this.#cause ??= cause;
    this.#child.kill('SIGKILL');
  }

  #receive(message: FromCell, tail: Buffer): void {
    if (message.type === 'ready') this.#onReady(message);
    else if (message.type === 'assigned') this.#assigned.resolve();
    else this.#onMessage(message, tail);
  }

  #onReady({ lockLevel, unlockedBecause }: Extract<FromCell, { type: 'ready' }>): void {
    this.#lockLevel = lockLevel;
    if (lockLevel < this.#requireLockLevel) {
      const needed = `the node requires lock level ${this.#requireLockLevel}`;
      return this.kill(lost(`${needed}, and the cell reached ${lockLevel}: ${unlockedBecause}`));
    }
    this.#watch ??= new CellWatch({
      reports: pipeOf(this.#child, WATCH_FD),
      pid: this.pid,
      onViolation: (cause) => this.kill(cause),
    });
    this.#ready.resolve();
  }

  #onChannelClosed(reason: Error | null): void {
    if (reason !== null && !isStreamError(reason)) return this.kill(lost(`broke the channel: ${reason.message}`));
    const timer = setTimeout(() => this.kill(lost('closed its channel and did not exit')), EXIT_MS);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Node passes a descriptor only with a message, and only over its own IPC channel. */
  async #handOver(bus: Socket): Promise<void> {
    // A connection that breaks now breaks for the cell, which says so by not getting assigned.
    bus.on('error', () => undefined);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#child.send('bus', bus, (error) => (error === null ? resolve() : reject(error)));
      });
    } catch (cause) {
      bus.destroy();
      throw new SovfnError('not-started', `the cell "${this.name}" ended before it got its socket`, { cause });
    }
  }

  async #within(happened: Promise<void>, limitMs: number, state: string): Promise<void> {
    const timer = setTimeout(() => this.kill(lost(`was not ${state} within ${limitMs} ms`)), limitMs);
    try {
      await happened;
    } finally {
      clearTimeout(timer);
    }
  }

  async #watchEnd(): Promise<CellEnd> {
    const end = await new Promise<CellEnd>((resolve) => {
      this.#child.on('exit', (code, signal) => resolve(endOf(this.#cause, code, signal)));
    });
    this.#hasEnded = true;
    this.share.close();
    // A cell that is locked, or was killed, leaves its socket's file behind.
    void rm(join(this.#sockets, this.name), { force: true }).catch(() => undefined);
    this.#watch?.stop();
    this.#channel.close();
    const error = new SovfnError('not-started', `the cell "${this.name}" ended: ${end.reason}`);
    this.#ready.reject(error);
    this.#assigned.reject(error);
    return end;
  }
}

function spawnCell({ program, args = [], sockets }: CellProcessOptions): ChildProcess {
  refuseRingsToChildren();
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe'] as const;
  const child = spawn(process.execPath, [...CELL_NODE_FLAGS, program, ...args], {
    // A socket has a short name, however long its directory's is.
    cwd: sockets,
    env: CELL_ENVIRONMENT,
    stdio: [...stdio],
    // A session of its own, and so a group of its own for the scheduler (see processor-share.ts).
    detached: true,
  });
  // A process that did not start has no pid; every other error (of kill, of a broken pipe) is followed by its exit.
  child.on('error', () => undefined);
  if (child.pid !== undefined) pipeOf(child, WATCH_FD).on('error', () => undefined);
  return child;
}

/** Node makes a socket pair of every further `pipe`; its types know five descriptors. */
function pipeOf(child: ChildProcess, descriptor: number): Duplex {
  return (child.stdio as readonly unknown[])[descriptor] as Duplex;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What the operating system says about a stream whose other end has died, as opposed to a message that is not agreed. */
function isStreamError(error: Error): boolean {
  return 'syscall' in error;
}
