/**
 * Official release files whose SHA-256 is established: each hash below was found equal in several unrelated public
 * repositories, for nats-server also in the project's own container recipe. A file joins this list only that way or from
 * its publisher's own checksum file; never from a download that is then trusted because it came.
 *
 * nats-server: 2.15.0 is the newest version for which that holds; `go install` gives 2.15.2 (docs/adr/0007).
 * MinIO: the last binary that its makers published. dl.min.io answers 410 since; the files on GitHub remain.
 */
import type { ReleaseFile } from './catalogue.ts';

export const NATS_RELEASE = '2.15.0';
export const MINIO_RELEASE = 'RELEASE.2025-09-07T16-13-09Z';

export const NATS_FILES: readonly ReleaseFile[] = [
  natsFile('linux-x64', 'linux-amd64', '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92'),
  natsFile('linux-arm64', 'linux-arm64', 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112'),
  natsFile('darwin-x64', 'darwin-amd64', '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95'),
  natsFile('darwin-arm64', 'darwin-arm64', 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8'),
];

export const MINIO_FILES: readonly ReleaseFile[] = [
  minioFile('linux-x64', 'linux-amd64', '7c5bd8512c6e966455b1d198209358b2d191c77a83ab377c4073281065fb855f'),
  minioFile('linux-arm64', 'linux-arm64', '5c83cd2cf151717ba0243f73e1c7802ff36e272b67144bdd7f1f7d684fd6f03d'),
  minioFile('darwin-x64', 'darwin-amd64', '4759080aeef7385aaceaac1131c30aaeb99605921553967dc6d3ef4e16ac64f9'),
  minioFile('darwin-arm64', 'darwin-arm64', '7c3b3039b76e55a1b80935848ed83998d5e8d317374f87851f46a019ff5c0aa4'),
];

function natsFile(platform: string, target: string, sha256: string): ReleaseFile {
  const name = `nats-server-v${NATS_RELEASE}-${target}`;
  return {
    platform,
    url: `https://github.com/nats-io/nats-server/releases/download/v${NATS_RELEASE}/${name}.tar.gz`,
    sha256,
    content: { form: 'tar.gz', member: `${name}/nats-server` },
  };
}

function minioFile(platform: string, target: string, sha256: string): ReleaseFile {
  return {
    platform,
    url: `https://github.com/minio/minio/releases/download/${MINIO_RELEASE}/minio.${target}.${MINIO_RELEASE}`,
    sha256,
    content: { form: 'binary' },
  };
}
