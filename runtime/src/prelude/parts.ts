/** The entry file of each lazy part, under `src/guest` (see core/lazy-parts.guest.ts there). */
export const PARTS: Readonly<Record<string, string>> = {
  streams: 'streams/streams.guest.ts',
  files: 'files/files.guest.ts',
  urlParser: 'url/url-parser.guest.ts',
  urlPattern: 'url/url-pattern.guest.ts',
  encodings: 'encoding/encodings.guest.ts',
  inspect: 'console/inspect.guest.ts',
  clone: 'clone/structured-clone.guest.ts',
  bindings: 'bindings/bindings.guest.ts',
  triggers: 'triggers/triggers.guest.ts',
  messaging: 'messaging/messaging.guest.ts',
  subtleCrypto: 'crypto/subtle.guest.ts',
  compression: 'compression/compression.guest.ts',
  tracing: 'tracing/tracing.guest.ts',
  webAssembly: 'web-assembly/web-assembly.guest.ts',
};
