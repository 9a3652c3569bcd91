/** Control API, streams and a played dispatcher together: what tests of replays, dead letters and reconciling need. */
import { eventStream } from '@sovfn/protocol';
import { ControlBench } from '../control/control-bench.ts';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';
import { PlayedDispatcher } from './played-dispatcher.ts';

export class OperatorBench implements AsyncDisposable {
  readonly control: ControlBench;
  readonly world: EventWorld;
  readonly dispatcher: PlayedDispatcher;
  readonly #parts: AsyncDisposableStack;
  #functions = 0;

  static async start(): Promise<OperatorBench> {
    await using parts = new AsyncDisposableStack();
    const control = parts.use(await ControlBench.start());
    const world = parts.use(await EventWorld.open(control.bench));
    const dispatcher = parts.use(await PlayedDispatcher.open(control.bench, world, control.minio.endpoint));
    return new OperatorBench({ control, world, dispatcher, parts: parts.move() });
  }

  private constructor(of: {
    control: ControlBench;
    world: EventWorld;
    dispatcher: PlayedDispatcher;
    parts: AsyncDisposableStack;
  }) {
    this.control = of.control;
    this.world = of.world;
    this.dispatcher = of.dispatcher;
    this.#parts = of.parts;
  }

  /** A function that is paused, so that its events stay as they are. */
  async deploy(config: object = {}): Promise<string> {
    const name = `job-${++this.#functions}`;
    await this.dispatcher.dispatch.pause(addressOf(name));
    await this.control.bench.untilVisible(await this.control.bench.deploy({ name, ...config }));
    return name;
  }

  async accept(name: string, init: RequestInit = {}): Promise<string> {
    return (await this.world.accept(`/fn/${name}/`, init)).event;
  }

  async cancel(event: string): Promise<string> {
    const { json } = await this.control.ask('POST', `/v1/events/${event}/cancel`);
    return (json as { state: string }).state;
  }

  /** As after 72 hours: no event is known by its key. */
  async forgetMarkers(name: string): Promise<void> {
    await this.world.streams.streams.purge(eventStream(ZONE), { filter: `idem.${ZONE}.${TENANT}.${name}.>` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

export function addressOf(name: string) {
  return { zone: ZONE, tenant: TENANT, function: name };
}
