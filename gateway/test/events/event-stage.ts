import { GatewayBench, type GatewayBenchOptions } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';

/** Servers and a gateway that one test may break, and a look at their streams. */
export interface EventStage extends AsyncDisposable {
  readonly bench: GatewayBench;
  readonly world: EventWorld;
}

export async function startEventStage(options: GatewayBenchOptions): Promise<EventStage> {
  await using parts = new AsyncDisposableStack();
  const bench = parts.use(await GatewayBench.start(options));
  const world = parts.use(await EventWorld.open(bench));
  const owned = parts.move();
  return { bench, world, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
