import { type EventHead, type FunctionAddress, functionOfEvent, ProtocolError, queueSubject } from '@sovfn/protocol';

/** A node may write into the queues of its zone, and so of functions that it does not run. Throws ProtocolError. */
export function assertOwn(head: EventHead, subject: string, of: FunctionAddress): void {
  const address = functionOfEvent(head);
  const isOwn = head.trigger === 'queue' && head.queue !== null && subject === queueSubject(address, head.id);
  if (!isOwn || queueSubject(of, head.id) !== subject) {
    throw new ProtocolError(`the message on ${subject} is not one of the queues of "${of.function}"`);
  }
  if (head.bodyReference !== null || head.callback !== null || head.orderingKey !== null) {
    throw new ProtocolError(`the message on ${subject} asks for more than a message may`);
  }
}
