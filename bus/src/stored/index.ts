/** Reading what streams hold, without consuming it. */
export { LastMessages } from './last-messages.ts';
export { readLastMessages, readMessages, readPage, type StoredMessage } from './stored-messages.ts';
