/** Node's direct latin1 accessors: documented nowhere, there since Node 0.x, and without the cost of choosing an encoding. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
}
