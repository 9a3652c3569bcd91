/** What `import content from './file.ext'` gives: text a string, binary files their bytes, `.wasm` a compiled module. */

declare module '*.css' {
  const text: string;
  export default text;
}

declare module '*.csv' {
  const text: string;
  export default text;
}

declare module '*.html' {
  const text: string;
  export default text;
}

declare module '*.md' {
  const text: string;
  export default text;
}

declare module '*.sql' {
  const text: string;
  export default text;
}

declare module '*.svg' {
  const text: string;
  export default text;
}

declare module '*.txt' {
  const text: string;
  export default text;
}

declare module '*.xml' {
  const text: string;
  export default text;
}

declare module '*.bin' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.jpeg' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.jpg' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.otf' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.pdf' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.png' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.ttf' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

/** Needs `limits.wasmMemoryMb`. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
