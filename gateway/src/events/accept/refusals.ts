import { type BatchRefusal, isNoRoom } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';

/** Why the server stored nothing of an event, for its sender. */
export function refusalError({ code, description }: BatchRefusal): SovfnError {
  const facts = { natsCode: code };
  if (isNoRoom(code)) {
    return new SovfnError('events-full', `the bus has no room for further events: ${description}`, {
      hint: "The operator frees disk space, or raises the server's limit; then send the event again.",
      facts,
    });
  }
  return new SovfnError('bus-unavailable', `the bus did not take the event: ${description} (${code})`, {
    hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
    facts,
  });
}
