/** Every packet of one network interface, in both directions, as the kernel sees it. Linux, as root. */
import { setImmediate } from 'node:timers/promises';
import { dlopen } from 'node:ffi';

const AF_PACKET = 17;
const SOCK_RAW = 3;
/** In network byte order: all protocols. */
const ETH_P_ALL = 0x0300;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const RECEIVE_BYTES = 128 * 1024 * 1024;
const LOOK_MS = 100;

const { functions: libc } = dlopen(null, {
  socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
  bind: { arguments: ['int32', 'buffer', 'uint32'], return: 'int32' },
  setsockopt: { arguments: ['int32', 'int32', 'int32', 'buffer', 'uint32'], return: 'int32' },
  getsockopt: { arguments: ['int32', 'int32', 'int32', 'buffer', 'buffer'], return: 'int32' },
  recv: { arguments: ['int32', 'buffer', 'uint64', 'int32'], return: 'int64' },
  if_nametoindex: { arguments: ['buffer'], return: 'uint32' },
});

export interface PacketCounts {
  readonly packets: number;
  /** Of these, how many the kernel dropped because they were not read in time. */
  readonly dropped: number;
}

/** Says `{"ready":true}` on stdout, hands over each packet until SIGTERM comes, and says then how many there were. */
export async function readPackets(networkInterface: string, take: (packet: Buffer) => void): Promise<PacketCounts> {
  let isEnding = false;
  process.once('SIGTERM', () => (isEnding = true));
  const socket = openSocket(networkInterface);
  process.stdout.write('{"ready":true}\n');
  const packet = Buffer.alloc(256 * 1024);
  while (!isEnding) {
    const bytes = Number(libc.recv(socket, packet, BigInt(packet.length), 0));
    if (bytes > 0) take(packet.subarray(0, bytes));
    // Signals are heard between two turns.
    else await setImmediate();
  }
  return statistics(socket);
}

function openSocket(name: string): number {
  const fd = must(libc.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL));
  const timeout = Buffer.alloc(16);
  timeout.writeBigInt64LE(BigInt(LOOK_MS * 1_000), 8);
  must(libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length));
  const room = Buffer.alloc(4);
  room.writeInt32LE(RECEIVE_BYTES);
  must(libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, room, room.length));
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16LE(ETH_P_ALL, 2);
  address.writeInt32LE(libc.if_nametoindex(Buffer.from(`${name}\0`)), 4);
  must(libc.bind(fd, address, address.length));
  return fd;
}

function statistics(fd: number): PacketCounts {
  const counts = Buffer.alloc(8);
  const length = Buffer.alloc(4);
  length.writeInt32LE(counts.length);
  must(libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, counts, length));
  return { packets: counts.readUInt32LE(0), dropped: counts.readUInt32LE(4) };
}

function must(result: number): number {
  if (result < 0) throw new Error('the kernel refused to capture packets');
  return result;
}
