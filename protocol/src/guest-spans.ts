/** What the inside of an isolate knows of spans (function-spans.ts); it has no other module of this package. */

/** What one span holds of each; further ones are left out and counted. */
export const SPAN_ATTRIBUTES = 128;
export const SPAN_EVENTS = 64;
export const SPAN_LINKS = 32;
/** Longer texts are cut: of names and keys, and of values. Characters. */
export const SPAN_NAME_LENGTH = 256;
export const SPAN_TEXT_LENGTH = 4_096;

/**
 * Name of the symbol under which an isolate has a function that takes the copies of OpenTelemetry's API in a bundle, and an
 * AsyncLocalStorage for its contexts: bundles with the API call it.
 */
export const SPANS_SYMBOL = 'sovfn.spans';
