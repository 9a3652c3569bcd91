import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainRequest } from './plain/plain-request.ts';
import type { PlainResponse } from './plain/plain-response.ts';

/** A request as an exchange with a function gets it: read by Node, or plain and whole. */
export type CallerRequest = IncomingMessage | PlainRequest;
export type CallerResponse = ServerResponse | PlainResponse;
