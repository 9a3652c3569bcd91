import { type LogEvent, type LogLevel, logSubject, type Outcome, PROTOCOL_VERSION, type Runner } from '@sovfn/protocol';
import type { WireConnection } from '@sovfn/bus/wire';

export interface LogPublisherOptions {
  readonly connection: WireConnection;
  readonly runner: Runner;
  readonly zone: string;
  readonly tenant: string;
}

/** How a call ended that has no whole response, or whose work after the response was cut. */
export interface EndedCall {
  readonly invocation: string;
  readonly outcome: Outcome;
  readonly text: string;
  readonly cpuUs: number;
  readonly wallUs: number;
  readonly cold: boolean;
}

/** The log of one version of a function. Lines are lost while the bus is down: logs never hold up a call. */
export interface FunctionLog {
  line(invocation: string | null, level: LogLevel, text: string): void;
  end(call: EndedCall): void;
}

export function makeFunctionLog(options: LogPublisherOptions, name: string, version: string): FunctionLog {
  const { connection, runner, zone, tenant } = options;
  const subject = logSubject({ zone, tenant, function: name });
  const publish = (event: Omit<LogEvent, 'v' | 'time' | 'function' | 'version' | 'node'>): void => {
    if (!connection.isOpen) return;
    const facts = { time: new Date().toISOString(), function: name, version, node: runner.node };
    const whole: LogEvent = { v: PROTOCOL_VERSION, ...facts, ...event };
    connection.publish(subject, Buffer.from(JSON.stringify(whole), 'utf8'));
  };
  const none = { outcome: null, cpuUs: null, wallUs: null, cold: null } as const;
  return {
    line: (invocation, level, text) => publish({ type: 'line', invocation, level, text, ...none }),
    end: (call) => publish({ type: 'end', level: 'error', ...call }),
  };
}
