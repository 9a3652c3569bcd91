import { LinkServer } from '../../link/link-server.ts';
import { openLinkAuthority, openServerCertificate } from '../../link/link-authority.ts';
import type { DataFolder } from '../data-folder.ts';
import type { Ports } from '../ports.ts';
import { LOOPBACK } from '../../servers/free-port.ts';
import { Admission } from './admission.ts';
import type { HostPort } from './settings.ts';

/** Listens for nodes of other hosts. Throws SovfnError `port-taken` or `config-invalid`. */
export async function openLink(
  folder: DataFolder,
  listen: HostPort,
  { ports, onFailed }: { readonly ports: Ports; readonly onFailed: (error: unknown) => void },
): Promise<LinkServer> {
  const authority = await openLinkAuthority(folder.tls);
  const { cert, key } = await openServerCertificate(folder.tls, authority);
  const admission = new Admission(folder, authority);
  return LinkServer.listen({
    listen,
    tls: { cert, key, nodesCa: authority.certificate },
    targets: { bus: { host: LOOPBACK, port: ports.bus }, store: { host: LOOPBACK, port: ports.store } },
    isEnrolled: (peer) => admission.isEnrolled(peer),
    onRequest: (line, peer) => admission.answer(line, peer),
    onFailed,
  });
}
