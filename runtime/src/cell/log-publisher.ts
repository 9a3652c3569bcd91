import { type LogEvent, type LogLevel, logSubject, PROTOCOL_VERSION, type Runner } from '@sovfn/protocol';
import type { WireConnection } from '@sovfn/bus/wire';

export interface LogPublisherOptions {
  readonly connection: WireConnection;
  readonly runner: Runner;
  readonly zone: string;
  readonly tenant: string;
}

export type LogLine = (invocation: string | null, level: LogLevel, text: string) => void;

/** Publishes the log lines of one version of a function. Lines are lost while the bus is down: logs never hold up a call. */
export function makeFunctionLog(options: LogPublisherOptions, name: string, version: string): LogLine {
  const subject = logSubject({ zone: options.zone, tenant: options.tenant, function: name });
  return (invocation, level, text) => {
    if (!options.connection.isOpen) return;
    const event: LogEvent = {
      v: PROTOCOL_VERSION,
      type: 'line',
      time: new Date().toISOString(),
      function: name,
      version,
      invocation,
      node: options.runner.node,
      level,
      text,
      outcome: null,
      cpuUs: null,
      wallUs: null,
      cold: null,
    };
    options.connection.publish(subject, Buffer.from(JSON.stringify(event), 'utf8'));
  };
}
