/** What is written on the command line about gateways and about nodes of other machines. */
import { durationMs, durationUpTo, isName } from '@sovfn/protocol';
import type { Say } from './language.ts';
import type { HostPort } from './platform/index.ts';
import { usageError } from './usage-errors.ts';

const AUTO = 'auto';
const OFF = 'off';
/** `host:port`, `[address]:port`. */
const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]{1,255})):(\d{1,5})$/;
const MOST_PORT = 65_535;
/** For what an enrolment bundle can be used at most. */
const LONGEST_ENROLMENT = '30d';

/** A number, or `auto`: null. Throws `usage`. */
export function readGateways(text: string, most: number, say: Say): number | null {
  if (text === AUTO) return null;
  const count = Number(text);
  if (/^\d{1,4}$/.test(text) && count >= 1 && count <= most) return count;
  throw usageError(say('up.bad-gateways', { value: text }), say('up.bad-gateways.hint', { most }));
}

/** An address, or `off`: null. Throws `usage`. */
export function readListenNodes(text: string, say: Say): HostPort | null {
  return text === OFF ? null : readHostPort('listen-nodes', text, say);
}

/** Throws `usage`. */
export function readHostPort(option: string, text: string, say: Say): HostPort {
  const [, address, name, digits] = HOST_PORT.exec(text) ?? [];
  const host = address ?? name;
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= MOST_PORT) return { host, port };
  const hint = say(option === 'listen-nodes' ? 'up.bad-listen-nodes.hint' : 'nodes.bad-address.hint');
  throw usageError(say('nodes.bad-address', { option, value: text }), hint);
}

/** Throws `usage`. */
export function assertNodeName(text: string, say: Say): void {
  if (!isName(text)) throw usageError(say('nodes.bad-name', { name: text }), say('nodes.bad-name.hint'));
}

/** How long an enrolment bundle can be used, in milliseconds. Throws `usage`. */
export function readValidity(text: string, say: Say): number {
  if (durationUpTo(LONGEST_ENROLMENT).safeParse(text).success) return durationMs(text);
  throw usageError(
    say('nodes.bad-validity', { value: text }),
    say('nodes.bad-validity.hint', { longest: LONGEST_ENROLMENT }),
  );
}
