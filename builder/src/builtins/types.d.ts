/** What the packages that the built-ins are made of give. The slash at the end keeps Node's own out of the way. */
declare module 'buffer/' {
  export const Buffer: typeof import('node:buffer').Buffer;
  export const kMaxLength: number;
  export const constants: { readonly MAX_LENGTH: number; readonly MAX_STRING_LENGTH: number };
}

declare module 'events/' {
  const EventEmitter: typeof import('node:events').EventEmitter;
  // eslint-disable-next-line no-restricted-syntax -- the package's form
  export default EventEmitter;
}

declare module 'string_decoder/' {
  export const StringDecoder: typeof import('node:string_decoder').StringDecoder;
}

declare module 'readable-stream' {
  const stream: typeof import('node:stream');
  // eslint-disable-next-line no-restricted-syntax -- the package's form
  export default stream;
}

/** Made by the build: the `vars` of the function's configuration. */
declare module 'sovfn:vars' {
  export const vars: Readonly<Record<string, string>>;
}
