/**
 * The few instructions of classic BPF that a seccomp filter needs. A filter is a list of them that the kernel runs for
 * each system call on `struct seccomp_data`: number, architecture, instruction pointer, six arguments of 64 bits.
 */
export interface Instruction {
  readonly code: number;
  /** Instructions to skip when the comparison holds, and when it does not. */
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const INSTRUCTION_BYTES = 8;
const ARGUMENTS_OFFSET = 16;
const ARGUMENT_BYTES = 8;
const HALF_BYTES = 4;

export const NUMBER_OFFSET = 0;
export const ARCHITECTURE_OFFSET = 4;

export function loadWord(offset: number): Instruction {
  return { code: LOAD_WORD, ifTrue: 0, ifFalse: 0, value: offset };
}

/** Low half of an argument: both architectures of the filter are little-endian. */
export function loadArgument(index: number): Instruction {
  return loadWord(ARGUMENTS_OFFSET + index * ARGUMENT_BYTES);
}

export function loadArgumentHigh(index: number): Instruction {
  return loadWord(ARGUMENTS_OFFSET + index * ARGUMENT_BYTES + HALF_BYTES);
}

export function jumpEqual(value: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: JUMP_EQUAL, ifTrue, ifFalse, value };
}

export function jumpAtLeast(value: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: JUMP_AT_LEAST, ifTrue, ifFalse, value };
}

export function jumpAnyBit(bits: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: JUMP_ANY_BIT, ifTrue, ifFalse, value: bits };
}

export function answer(action: number): Instruction {
  return { code: RETURN, ifTrue: 0, ifFalse: 0, value: action };
}

/** As the kernel reads them: `struct sock_filter`, one after the other. */
export function encodeProgram(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  program.forEach(({ code, ifTrue, ifFalse, value }, index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(value, at + 4);
  });
  return bytes;
}
