import { type EventMarker, MARKER_TTL_MS, SovfnError } from '@sovfn/protocol';
import type { Acceptance } from './event-acceptor.ts';

/** Markers that are remembered; the oldest is forgotten first. Forgetting costs a question to the server, nothing else. */
const MOST_REMEMBERED = 50_000;

/**
 * The markers that this gateway has met lately: repetitions end here, and never two events with one marker are on their
 * way to the server, which would refuse the whole batch of both. A cache: the server decides.
 */
export class KnownEvents {
  readonly #remembered = new Map<string, EventMarker>();
  readonly #underWay = new Map<string, Promise<EventMarker>>();

  /**
   * `accept` resolves with the marker that stands afterwards: the event's own, or that of an earlier event. It is called
   * only when none is known. Throws `event-conflict` when an event with this name and another payload was accepted.
   */
  async once(name: string, marker: EventMarker, accept: () => Promise<EventMarker>): Promise<Acceptance> {
    const known = this.#recall(name) ?? (await this.#underWay.get(name));
    if (known !== undefined) return acceptanceOf(marker, known);
    const underWay = accept();
    this.#underWay.set(name, underWay);
    try {
      const stands = await underWay;
      this.#remember(name, stands);
      return acceptanceOf(marker, stands);
    } finally {
      this.#underWay.delete(name);
    }
  }

  #recall(name: string): EventMarker | undefined {
    const marker = this.#remembered.get(name);
    if (marker === undefined || Date.parse(marker.acceptedAt) + MARKER_TTL_MS > Date.now()) return marker;
    this.#remembered.delete(name);
    return undefined;
  }

  #remember(name: string, marker: EventMarker): void {
    this.#remembered.set(name, marker);
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      return;
    }
  }
}

function acceptanceOf(own: EventMarker, stands: EventMarker): Acceptance {
  if (stands.id === own.id) return { id: own.id, isDuplicate: false };
  if (stands.payloadSha256 === own.payloadSha256) return { id: stands.id, isDuplicate: true };
  throw new SovfnError('event-conflict', `event ${stands.id} was accepted with the same key and another payload`, {
    hint: 'Use a new key for a new event; a repetition must have the same method, URL and body.',
    facts: { event: stands.id },
  });
}
