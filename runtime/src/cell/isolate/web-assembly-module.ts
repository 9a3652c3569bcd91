/**
 * Turns a module's own memories into imported ones, so that each is a `WebAssembly.Memory` that the guest's side makes and
 * bounds: V8 counts none of them, and one that stays inside a module nobody else could see.
 *
 * Guarantees: a module that comes out has no memory of its own; the numbers of everything in it are what they were.
 * Not guaranteed: that the module is valid otherwise, which V8 looks at. Hostile: the bytes. What is not understood
 * completely is refused, and V8 is never given a section that was not looked at.
 */

/** The module from which a module's own memories are imported, as `0`, `1` … behind all other imports. */
export const MEMORY_IMPORTS = 'sovfn:memory';

/** Pages of 64 KiB. */
interface OwnMemory {
  readonly initial: number;
  readonly maximum: number;
}

export interface OpenedModule {
  readonly memories: readonly OwnMemory[];
  readonly bytes: Uint8Array;
  /** What V8 may make of it: machine code, tables. Bytes. */
  readonly codeBytes: number;
}

/** A maximum for memories that name none: more than any can have. */
export const NO_MAXIMUM = 2 ** 32 - 1;

const HEADER = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
const SECTION = { custom: 0, type: 1, import: 2, function: 3, memory: 5, last: 13 };
const IMPORT_OF_MEMORY = 2;
const HAS_MAXIMUM = 1;
const MOST_MEMORIES = 100;
/** Of 64 KiB: what 32 bits can address. */
const MOST_PAGES = 65_536;
/** Measured: a function that does nothing takes 100 bytes beside its own four. */
const FUNCTION_BYTES = 100;
const CODE_FACTOR = 4;

/** The answer of the operation `openModule`. */
export function openedModule(module: ArrayBuffer): ArrayBuffer | string {
  try {
    const { memories, bytes, codeBytes } = openModule(new Uint8Array(module));
    const pages = memories.flatMap(({ initial, maximum }) => [initial, maximum]);
    const facts = Uint32Array.of(memories.length, codeBytes, ...pages);
    const answer = new Uint8Array(facts.byteLength + bytes.length);
    answer.set(new Uint8Array(facts.buffer));
    answer.set(bytes, facts.byteLength);
    return answer.buffer;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** Throws RangeError with what is wrong. */
export function openModule(module: Uint8Array): OpenedModule {
  const reader = new Reader(module);
  if (!HEADER.equals(reader.take(HEADER.length))) reader.refuse('does not begin as WebAssembly of version 1 does');
  const before: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  let imports: Uint8Array | null = null;
  let memories: readonly OwnMemory[] | null = null;
  let functions = 0;
  while (!reader.isAtEnd) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.take(reader.unsigned());
    if (id > SECTION.last) reader.refuse(`has a section of the unknown kind ${id}`);
    if ((id === SECTION.import && imports !== null) || (id === SECTION.memory && memories !== null)) {
      reader.refuse(`has two sections of the kind ${id}`);
    }
    if (id === SECTION.function) functions += new Reader(content).unsigned();
    if (id === SECTION.import) imports = content;
    else if (id === SECTION.memory) memories = readMemories(content);
    else if (id === SECTION.type || (id === SECTION.custom && after.length === 0)) before.push(reader.since(start));
    else after.push(reader.since(start));
  }
  const codeBytes = Math.min(module.length * CODE_FACTOR + functions * FUNCTION_BYTES, NO_MAXIMUM);
  if (memories === null || memories.length === 0) return { memories: [], bytes: module, codeBytes };
  const section = importSection(imports ?? Uint8Array.of(0), memories);
  return { memories, codeBytes, bytes: Buffer.concat([HEADER, ...before, section, ...after]) };
}

function readMemories(content: Uint8Array): OwnMemory[] {
  const reader = new Reader(content);
  const count = reader.unsigned();
  if (count > MOST_MEMORIES) reader.refuse(`has ${count} memories; ${MOST_MEMORIES} are allowed`);
  const memories = Array.from({ length: count }, () => {
    const flags = reader.byte();
    if (flags > HAS_MAXIMUM) reader.refuse('has a memory that is shared or of 64 bits, which functions cannot have');
    const initial = reader.unsigned();
    const maximum = flags === HAS_MAXIMUM ? reader.unsigned() : NO_MAXIMUM;
    // What V8 refuses of a memory it cannot see in an import, which has no maximum.
    if (initial > maximum || initial > MOST_PAGES || (flags === HAS_MAXIMUM && maximum > MOST_PAGES)) {
      reader.refuse(`has a memory of ${initial} to ${maximum} pages; at most ${MOST_PAGES} are possible`);
    }
    return { initial, maximum };
  });
  if (!reader.isAtEnd) reader.refuse('has a section of memories that is longer than its content');
  return memories;
}

/** The imports as they were, and the memories behind them. */
function importSection(imports: Uint8Array, memories: readonly OwnMemory[]): Uint8Array {
  const reader = new Reader(imports);
  const count = reader.unsigned() + memories.length;
  const added = memories.flatMap(({ initial }, index) => {
    return [...name(MEMORY_IMPORTS), ...name(String(index)), IMPORT_OF_MEMORY, 0, ...unsigned(initial)];
  });
  const content = Buffer.concat([Buffer.from(unsigned(count)), reader.take(reader.left), Buffer.from(added)]);
  return Buffer.concat([Buffer.from([SECTION.import, ...unsigned(content.length)]), content]);
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  get isAtEnd(): boolean {
    return this.left === 0;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** A number of 32 bits in LEB128, as V8 reads it: five bytes at most, and no bit beyond the 32nd. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.refuse('has a number of more than 32 bits');
  }

  take(length: number): Uint8Array {
    if (length > this.left) this.refuse('ends too early');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.at);
  }

  refuse(what: string): never {
    throw new RangeError(`the module ${what} (at byte ${this.at})`);
  }
}

function name(text: string): number[] {
  const bytes = Buffer.from(text);
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest % 0x80) + 0x80);
  }
}
