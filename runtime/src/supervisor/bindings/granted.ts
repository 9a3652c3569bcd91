import { JetStreamApiError } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { isNoRoom, type StorageRoom } from '@sovfn/bus';
import { describeIssues, isSovfnError } from '@sovfn/protocol';
import type { z } from 'zod';
import type { NodeKeys } from '../keys/node-keys.ts';
import { AskError, type BrokerAsk } from '../../asks/ask.ts';
import type { Binding, GrantedAsk } from './grants.ts';

/** What a binding works with that stores on the bus. */
export interface BusBindingOptions {
  readonly connection: NatsConnection;
  readonly keys: NodeKeys;
  readonly storageRoom: StorageRoom;
}

type Granted<Type extends Binding['type']> = Extract<Binding, { readonly type: Type }>;

/** The binding of that name, if the version has it and it is of that type. Throws AskError. */
export function grantedBinding<Type extends Binding['type']>(ask: GrantedAsk, name: string, type: Type): Granted<Type> {
  const binding = ask.grants.bindings.get(name);
  if (binding?.type === type) return binding as Granted<Type>;
  throw new AskError('TypeError', `"${name}" is no ${type} binding of function "${ask.from.function}".`);
}

/** Parses the head of an ask. Throws AskError with what is wrong. */
export function parseHead<Head>(schema: z.ZodType<Head>, ask: BrokerAsk): Head {
  const parsed = schema.safeParse(ask.head);
  if (parsed.success) return parsed.data;
  throw new AskError('TypeError', describeIssues(parsed.error));
}

/** The whole body. Throws AskError above `most` bytes; `what` begins the sentence. */
export async function collectBody(ask: BrokerAsk, most: number, what: string): Promise<Buffer> {
  const { body } = ask;
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of body === null || body instanceof Uint8Array ? [body ?? new Uint8Array()] : body) {
    total += piece.length;
    if (total > most) throw new AskError('RangeError', `${what} has more than the ${most} bytes that are allowed.`);
    if (piece !== body) ask.hold(piece.length);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, total);
}

/** Throws AskError when the asker's tenant may store no more. */
export function assertStorage(room: StorageRoom, { from }: BrokerAsk, bytes: number): void {
  try {
    room.assertRoom(from.tenant, bytes);
  } catch (error) {
    if (!isSovfnError(error)) throw error;
    throw new AskError('Error', `${error.code}: ${error.message}. ${error.hint ?? ''}`, error);
  }
}

/** Seals or opens for the function: that the tenant's key cannot be had is no defect. */
export async function withKeys<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isSovfnError(error) || (error.code !== 'key-unavailable' && error.code !== 'data-unreadable')) throw error;
    throw new AskError('Error', `${error.code}: ${error.message}`, error);
  }
}

/** What NATS said, for the function: that there is no room is no defect. */
export function refusedByBus(error: unknown, what: string): unknown {
  if (!(error instanceof JetStreamApiError) || !isNoRoom(error.code)) return error;
  return new AskError('Error', `${what} was not stored: the platform has no room for it now. Try again later.`, error);
}
