/** Node's direct latin1 accessors: documented nowhere, there since Node 0.x, and without the cost of choosing an encoding. */
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}

/** Importing this type brings the declarations along. */
export type Latin1Buffer = Buffer;
