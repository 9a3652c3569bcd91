import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import type { Log } from '../logger.ts';
import { type GatewayMetrics, VERSION } from '../metrics/gateway-metrics.ts';
import type { CallSpans } from './call-spans.ts';
import { Telemetry } from './telemetry.ts';

export interface TelemetryStart {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
  readonly metrics: GatewayMetrics;
  readonly spans: CallSpans | null;
}

/** Does nothing without a receiver. Ended when HTTP calls have drained: it then sends what has come of them. */
export function startTelemetry({ config, secrets, log, parts, metrics, spans }: TelemetryStart): void {
  const { otlp, id: gateway } = config;
  if (otlp === undefined || spans === null) return;
  const { endpoint, metricsEveryMs } = otlp;
  parts.use(
    new Telemetry({
      ...{ gateway, version: VERSION, spans, metricsEveryMs, log },
      receiver: { endpoint, headers: secrets.otlpHeaders ?? {} },
      collectMetrics: async () => metrics.collectForOtlp(),
    }),
  );
}
