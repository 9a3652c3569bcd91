/**
 * The two servers sovfn runs beside itself, and where each may come from. Everything here is pinned: a version, and for a
 * file from the network its SHA-256.
 */
import { compareNatsVersions, parseMinioVersion, parseNatsVersion } from './versions.ts';
import { MINIO_FILES, MINIO_RELEASE, NATS_FILES, NATS_RELEASE } from './releases.ts';

export type ServerName = 'nats-server' | 'minio';

export interface ServerSpec {
  readonly name: ServerName;
  /** Oldest version with everything sovfn uses, in the form that `parseVersion` returns. */
  readonly floor: string;
  /** Environment variable that names a binary to use whatever else there is. */
  readonly variable: string;
  /** The version in the output of `<binary> --version`; null when it does not say one that can be compared. */
  readonly parseVersion: (output: string) => string | null;
  readonly compareVersions: (a: string, b: string) => number;
  /** Tried in this order. */
  readonly ways: readonly InstallWay[];
}

export type InstallWay = ReleaseWay | BuildWay;

/** An official file. */
export interface ReleaseWay {
  readonly kind: 'release';
  readonly version: string;
  readonly files: readonly ReleaseFile[];
}

export interface ReleaseFile {
  /** `process.platform`-`process.arch`. */
  readonly platform: string;
  readonly url: string;
  /** Of the file as downloaded, lower-case hex. */
  readonly sha256: string;
  /** `binary`: the file is the program. Otherwise the path of the program inside the archive. */
  readonly content: { readonly form: 'binary' } | { readonly form: 'tar.gz'; readonly member: string };
}

/** `go install`: the Go module proxy and checksum database vouch for the source. */
export interface BuildWay {
  readonly kind: 'build';
  readonly version: string;
  /** `path@version` for `go install`. */
  readonly module: string;
  /** What `go install` calls the program. */
  readonly binary: string;
}

const NATS_VERSION = '2.15.2';
const MINIO_COMMIT = '0.0.0-20260212201848-7aac2a2c5b7c';

export const SERVERS: Readonly<Record<ServerName, ServerSpec>> = {
  'nats-server': {
    name: 'nats-server',
    floor: '2.14.3',
    variable: 'SOVFN_NATS_BIN',
    parseVersion: parseNatsVersion,
    compareVersions: compareNatsVersions,
    ways: [
      { kind: 'release', version: NATS_RELEASE, files: NATS_FILES },
      {
        kind: 'build',
        version: NATS_VERSION,
        module: `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`,
        binary: 'nats-server',
      },
    ],
  },
  minio: {
    name: 'minio',
    floor: MINIO_RELEASE,
    variable: 'SOVFN_MINIO_BIN',
    parseVersion: parseMinioVersion,
    compareVersions: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
    ways: [
      { kind: 'release', version: MINIO_RELEASE, files: MINIO_FILES },
      { kind: 'build', version: MINIO_COMMIT, module: `github.com/minio/minio@v${MINIO_COMMIT}`, binary: 'minio' },
    ],
  },
};
