/** A node whose functions may reach this machine, and a function that runs the code of a test. */
import { randomUUID } from 'node:crypto';
import { startSupervisor, type Supervisor, type SupervisorConfig, type SupervisorOptions } from '../../src/index.ts';
import { Platform } from '../supervisor/platform.ts';

export interface RunOptions {
  readonly tenant?: string;
  readonly headers?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}

export class BrokerNode implements AsyncDisposable {
  readonly platform: Platform;
  readonly #supervisor: Supervisor;

  static async start(
    { allowPrivateEgress = true, ...more }: Partial<SupervisorConfig> = {},
    options: Omit<SupervisorOptions, 'log'> = {},
  ): Promise<BrokerNode> {
    const platform = await Platform.start();
    const supervisor = await startSupervisor(
      { ...platform.config, allowPrivateEgress, ...more },
      { ...options, log: platform.probe.log },
    );
    return new BrokerNode(platform, supervisor);
  }

  private constructor(platform: Platform, supervisor: Supervisor) {
    this.platform = platform;
    this.#supervisor = supervisor;
  }

  /** Runs `code` as the body of an async function in a call; returns what it returns, through JSON. Throws what it throws. */
  async run(
    code: string,
    config: Readonly<Record<string, unknown>> = {},
    { tenant = 'main', headers = '', secrets = {} }: RunOptions = {},
  ): Promise<unknown> {
    const members = `async fetch(request, env, ctx) {
      try {
        return Response.json({ value: (await (async () => { ${code} })()) ?? null });
      } catch (error) {
        return Response.json({ error: { name: error?.name ?? null, message: String(error?.message ?? error) } });
      }
    }`;
    const name = `f-${randomUUID().slice(0, 8)}`;
    this.platform.secrets.set(name, secrets);
    const deployed = await this.platform.deploy(name, members, { config, tenant });
    const answer = await this.platform.gateway.call(deployed, { headers });
    if (answer?.kind !== 'answer') throw new Error(`the call failed: ${JSON.stringify(answer)}`);
    const { value, error } = JSON.parse(answer.body) as { value: unknown; error?: { name: string; message: string } };
    if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name });
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.close();
    await this.platform[Symbol.asyncDispose]();
  }
}
