import type { HostOperations } from '../../bridge/contract.ts';
import { Codecs } from './codecs.ts';
import { type CompressionOperations, makeCompressionOperations } from './compression-operations.ts';
import { type CryptoOperations, makeCryptoOperations } from './crypto-operations.ts';
import { HostWork, type HostWorkOptions } from './host-work.ts';

export type ServiceOperations = CryptoOperations & CompressionOperations;

/** What the host computes for one isolate on the thread pool, and what it keeps for that: keys and compression streams. */
export class HostServices {
  readonly operations: Pick<HostOperations, keyof ServiceOperations>;
  readonly #work: HostWork;
  readonly #codecs = new Codecs();

  constructor(options: HostWorkOptions) {
    this.#work = new HostWork(options);
    this.operations = {
      ...makeCryptoOperations(this.#work),
      ...makeCompressionOperations(this.#codecs, this.#work),
    };
  }

  /** Will an answer lead to another entry of the call? */
  isWaiting(call: number): boolean {
    return this.#work.isWaiting(call);
  }

  endCall(call: number): void {
    this.#codecs.closeCall(call);
  }

  endAll(): void {
    this.#work.close();
    this.#codecs.closeAll();
  }
}
