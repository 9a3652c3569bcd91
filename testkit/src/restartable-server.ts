import type { ServerProcess } from './server-process.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

/** A server of a test over several processes, and the folder with its files, which outlives each of them. */
export class RestartableServer implements AsyncDisposable {
  readonly #launch: () => Promise<ServerProcess>;
  readonly #folder: TemporaryFolder;
  #process: ServerProcess;

  /** Owns the folder from now on, also when the first launch fails. */
  static async start(folder: TemporaryFolder, launch: () => Promise<ServerProcess>): Promise<RestartableServer> {
    try {
      return new RestartableServer(folder, launch, await launch());
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(folder: TemporaryFolder, launch: () => Promise<ServerProcess>, process: ServerProcess) {
    this.#folder = folder;
    this.#launch = launch;
    this.#process = process;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The server's last output. */
  get output(): string {
    return this.#process.output;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** Starts again on the same ports and files; kills it first when it runs. */
  async restart(): Promise<void> {
    await this.kill();
    this.#process = await this.#launch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}
