import type { NatsConnection } from '@nats-io/transport-node';
import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import type { Log } from '../logger.ts';
import type { FunctionCounters } from '../metrics/function-counters.ts';
import { type GatewayMetrics, VERSION } from '../metrics/gateway-metrics.ts';
import type { CallSpans } from './call-spans.ts';
import { FunctionSpans } from './function-spans.ts';
import { Telemetry } from './telemetry.ts';

export interface TelemetryStart {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
  readonly connection: NatsConnection;
  readonly counters: FunctionCounters;
  readonly metrics: GatewayMetrics;
  readonly spans: CallSpans | null;
}

/** Does nothing without a receiver. Ended when HTTP calls have drained: it then sends what has come of them. */
export function startTelemetry({ config, secrets, log, parts, metrics, spans, ...more }: TelemetryStart): void {
  const { otlp, id: gateway } = config;
  if (otlp === undefined || spans === null) return;
  const { endpoint, metricsEveryMs } = otlp;
  const functionSpans = new FunctionSpans({ ...more, zones: config.zones });
  parts.use(
    new Telemetry({
      ...{ gateway, version: VERSION, spans: [spans.kept, functionSpans.kept], metricsEveryMs, log },
      receiver: { endpoint, headers: secrets.otlpHeaders ?? {} },
      collectMetrics: async () => metrics.collectForOtlp(),
    }),
  );
  parts.defer(() => functionSpans.close());
}
