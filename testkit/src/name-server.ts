/** A DNS server of a test: answers A and AAAA over UDP with what the test says at that moment. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4, isIPv6 } from 'node:net';

const HEADER_BYTES = 12;
const TYPE = { a: 1, aaaa: 28 } as const;
const NAME_ERROR = 3;

export class NameServer implements AsyncDisposable {
  /** Addresses by name, asked for each question anew. */
  readonly names = new Map<string, () => readonly string[]>();
  /** Of names that are not in `names`; null: there is no such name. */
  others: readonly string[] | null = null;
  /** Names that were asked for, in order; each once for A and once for AAAA. */
  readonly asked: string[] = [];
  readonly #socket: Socket;

  /** By default on a free port of 127.0.0.1. */
  static async start(
    { host, port }: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
  ): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(port, host);
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, { address, port }) => socket.send(this.#answer(question), port, address));
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #answer(question: Buffer): Buffer {
    const { name, end } = readName(question);
    this.asked.push(name);
    const addresses = this.names.get(name)?.() ?? this.others;
    const isV4 = question.readUInt16BE(end) === TYPE.a;
    const wanted = (addresses ?? []).filter(isV4 ? isIPv4 : isIPv6);
    const header = Buffer.from(question.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180 | (addresses === null ? NAME_ERROR : 0), 2);
    header.writeUInt16BE(wanted.length, 6);
    header.writeUInt32BE(0, 8);
    return Buffer.concat([header, question.subarray(HEADER_BYTES, end + 4), ...wanted.map(recordOf)]);
  }
}

function readName(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question[at]!; length > 0; length = question[at]!) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** For the name of the question, no time to live. */
function recordOf(address: string): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isIPv4(address) ? TYPE.a : TYPE.aaaa, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** As URLs write it, or with an IPv4 address at its end. */
function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(left), groups(right)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
