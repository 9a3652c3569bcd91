/**
 * Seals what events carry before it goes to the bus, and opens it again. A message is bound to its tenant, its function, its
 * event, and to what it is (the event itself, its dead letter, …), all of which its subject names.
 *
 * Guarantees: what was stored in clear before there was encryption is read as it is.
 */
import { type DataKeySource, isSealed, open, seal } from '@sovfn/bus/encryption';
import { type EventRecord, eventPlace, type SealedPlace } from '@sovfn/protocol';
import { z } from 'zod';

const recordTextsSchema = z.strictObject({
  cause: z.string().nullable(),
  /** Of each attempt. */
  messages: z.array(z.string().nullable()),
});

export class SealedEvents {
  readonly keys: DataKeySource;

  constructor(keys: DataKeySource) {
    this.keys = keys;
  }

  /** At once while the key is held. Throws `key-unavailable`. */
  seal(subject: string, payload: Uint8Array): Buffer | Promise<Buffer> {
    return seal(this.keys, eventPlace(subject), payload);
  }

  /** At once while the key is held. Throws `key-unavailable` or `data-unreadable`. */
  open(subject: string, data: Uint8Array): Buffer | Promise<Buffer> {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return isSealed(bytes) ? open(this.keys, eventPlace(subject), bytes) : bytes;
  }

  /** As it may be stored. An event that went well has no text that is sealed. Throws `key-unavailable`. */
  async sealRecord(record: EventRecord): Promise<EventRecord> {
    const { cause, attempts } = record;
    const messages = attempts.map(({ message }) => message);
    if (cause === null && messages.every((message) => message === null)) return record;
    const texts = Buffer.from(JSON.stringify({ cause, messages } satisfies z.input<typeof recordTextsSchema>));
    const sealed = (await seal(this.keys, placeOfRecord(record), texts)).toString('base64');
    return { ...record, cause: null, attempts: attempts.map((attempt) => ({ ...attempt, message: null })), sealed };
  }

  /** As it was before it was stored. Throws `key-unavailable` or `data-unreadable`. */
  async openRecord({ sealed, ...record }: EventRecord): Promise<EventRecord> {
    if (sealed === undefined) return record;
    const bytes = await open(this.keys, placeOfRecord(record), Buffer.from(sealed, 'base64'));
    const { cause, messages } = recordTextsSchema.parse(JSON.parse(bytes.toString('utf8')));
    const attempts = record.attempts.map((attempt, i) => ({ ...attempt, message: messages[i] ?? null }));
    return { ...record, cause, attempts };
  }
}

function placeOfRecord({ tenant, function: name, id }: EventRecord): SealedPlace {
  return { tenant, purpose: 'events', function: name, name: `record/${id}` };
}
