/** Version of every message of this package. A receiver refuses any other value, by name, before it reads the rest. */
export const PROTOCOL_VERSION = 1;
