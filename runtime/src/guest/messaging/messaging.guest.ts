/** Lazy part: MessageChannel, MessagePort and MessageEvent (HTML Standard), between parts of one isolate. */
export { MessageChannel } from './message-channel.guest.ts';
export { MessageEvent } from './message-event.guest.ts';
export { isDetached, isMessagePort, MessagePort, movePort } from './message-port.guest.ts';
