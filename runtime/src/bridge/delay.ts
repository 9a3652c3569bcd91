/** What the operation `decide` is told in place of the delay of a message, in seconds. */
export const DELAY = { ack: -1, configured: -2 } as const;
