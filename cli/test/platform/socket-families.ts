/**
 * Imported with `?AF_INET&AF_UNIX`: from then on this process and all that it starts make sockets of these families only, and get
 * EAFNOSUPPORT for others, as systemd does it for `RestrictAddressFamilies=`.
 */
import { answer, jumpEqual, loadArgument, loadWord, NUMBER_OFFSET } from '../../../runtime/src/cell/lock/bpf.ts';
import { openKernel } from '../../../runtime/src/cell/lock/kernel.ts';
import { systemCallsOf } from '../../../runtime/src/cell/lock/system-calls.ts';

const FAMILIES = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16, AF_PACKET: 17 } as const;
const ALLOW = 0x7fff0000;
const FAIL = 0x00050000;
const EAFNOSUPPORT = 97;

const calls = systemCallsOf(process.platform, process.arch)!;
const allowed = [...new URL(import.meta.url).searchParams.keys()].map(
  (name) => FAMILIES[name as keyof typeof FAMILIES],
);
const checks = allowed.flatMap((family) => [jumpEqual(family, 0, 1), answer(ALLOW)]);
const ofSocket = [loadArgument(0), ...checks, answer(FAIL | EAFNOSUPPORT)];
openKernel(calls).filter(
  [loadWord(NUMBER_OFFSET), jumpEqual(calls.numbers['socket']!, 0, ofSocket.length), ...ofSocket, answer(ALLOW)],
  'all-threads',
);
