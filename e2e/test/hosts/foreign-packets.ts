/**
 * Where the programs of a network namespace of which all routes lead to `lo` tried to go, other than to this machine. Says, once
 * SIGTERM asks it to end, each place once: `tcp 192.0.2.7:443`, `udp [2001:db8::7]:53`.
 */
import { isIPv4 } from 'node:net';
import { readPackets } from './packet-socket.ts';

const ETHERNET_BYTES = 14;
const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
/** Of TCP: a connection is opened, not answered. */
const [FLAGS_AT, FLAG_MASK, SYN] = [13, 0x12, 0x02];
const IPV6_BYTES = 40;

const places = new Set<string>();
const counts = await readPackets('lo', (packet) => {
  const place = foreignPlace(packet);
  if (place !== null) places.add(place);
});
process.stdout.write(`${JSON.stringify({ ...counts, places: [...places] })}\n`);

function foreignPlace(frame: Buffer): string | null {
  const type = frame.readUInt16BE(ETHERNET_BYTES - 2);
  const packet = frame.subarray(ETHERNET_BYTES);
  if (type === ETHERTYPE.ipv4) {
    const address = packet.subarray(16, 20).join('.');
    return address.startsWith('127.') ? null : place(packet[9]!, address, packet.subarray((packet[0]! & 0x0f) * 4));
  }
  if (type !== ETHERTYPE.ipv6) return `ethernet ${type.toString(16)}`;
  const groups = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(24 + index * 2).toString(16));
  const address = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  return address === '::1' ? null : place(packet[6]!, address, packet.subarray(IPV6_BYTES));
}

/** Null for what answers. */
function place(protocol: number, address: string, segment: Buffer): string | null {
  const host = isIPv4(address) ? address : `[${address}]`;
  if (protocol === PROTOCOL.udp) return `udp ${host}:${segment.readUInt16BE(2)}`;
  if (protocol !== PROTOCOL.tcp) return `protocol ${protocol} ${host}`;
  return (segment[FLAGS_AT]! & FLAG_MASK) === SYN ? `tcp ${host}:${segment.readUInt16BE(2)}` : null;
}
