/**
 * Certificates (X.509, RFC 5280) of the connections between a platform and nodes on other hosts: Ed25519 throughout, with the
 * few extensions that TLS looks at. Node reads certificates and makes none; this writes their DER.
 *
 * Guarantees: what `issueCertificate` returns is signed with the issuer's key. Computes only.
 */
import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface CertificateRequest {
  /** Common name. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `authority`: may sign others. */
  readonly use: 'authority' | 'server' | 'client';
  /** DNS names and addresses of a server. */
  readonly names: readonly string[];
}

const TAG = { boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c } as const;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** Until then times have two digits for the year (RFC 5280, 4.1.2.5). */
const LONG_YEARS = 2050;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Constructed, context-specific: what X.509 numbers. */
const CONTEXT = 0xa0;
/** Primitive, context-specific, within a list of names. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const OID = {
  ed25519: '1.3.101.112',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const;

/** Bits of the key usage, first one highest, behind the count of unused ones. */
const SIGNS_MESSAGES = Buffer.of(7, 0x80);
const SIGNS_CERTIFICATES = Buffer.of(1, 0x06);
const VERSION_3 = 2;
const SERIAL_BYTES = 16;
const LINE = /.{1,64}/g;

/** PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const { subject, publicKey, issuer, issuerKey, notBefore, notAfter } = request;
  const algorithm = der(SEQUENCE, oid(OID.ed25519));
  const content = der(
    SEQUENCE,
    der(CONTEXT, integer(Buffer.of(VERSION_3))),
    integer(randomBytes(SERIAL_BYTES)),
    algorithm,
    nameOf(issuer),
    der(SEQUENCE, time(notBefore), time(notAfter)),
    nameOf(subject),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    der(CONTEXT | 3, der(SEQUENCE, ...extensionsOf(request))),
  );
  const signature = der(TAG.bits, Buffer.of(0), sign(null, content, issuerKey));
  const text = der(SEQUENCE, content, algorithm, signature).toString('base64').match(LINE)!.join('\n');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function extensionsOf({ use, names }: CertificateRequest): Buffer[] {
  const isAuthority = use === 'authority';
  const constraints = isAuthority ? der(SEQUENCE, der(TAG.boolean, Buffer.of(0xff))) : der(SEQUENCE);
  const usage = der(TAG.bits, isAuthority ? SIGNS_CERTIFICATES : SIGNS_MESSAGES);
  const extensions = [extension(OID.basicConstraints, constraints), extension(OID.keyUsage, usage)];
  if (!isAuthority) extensions.push(extension(OID.extendedKeyUsage, der(SEQUENCE, oid(OID[use]))));
  if (names.length > 0) extensions.push(extension(OID.subjectAltName, der(SEQUENCE, ...names.map(alternativeName))));
  return extensions;
}

function extension(id: string, value: Buffer): Buffer {
  const isCritical = id !== OID.subjectAltName;
  const critical = isCritical ? [der(TAG.boolean, Buffer.of(0xff))] : [];
  return der(SEQUENCE, oid(id), ...critical, der(TAG.octets, value));
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return der(IP_ADDRESS, Buffer.from(name.split('.').map(Number)));
  if (isIP(name) === 6) throw new RangeError(`"${name}": certificates for addresses of IPv6 are not made`);
  return der(DNS_NAME, Buffer.from(name, 'latin1'));
}

function nameOf(commonName: string): Buffer {
  const attribute = der(SEQUENCE, oid(OID.commonName), der(TAG.utf8, Buffer.from(commonName)));
  return der(SEQUENCE, der(SET, attribute));
}

function time(at: Date): Buffer {
  const [digits] = at.toISOString().replaceAll(/[-:T]/g, '').split('.') as [string];
  if (at.getUTCFullYear() >= LONG_YEARS) return der(GENERALIZED_TIME, Buffer.from(`${digits}Z`));
  return der(UTC_TIME, Buffer.from(`${digits.slice(2)}Z`));
}

/** Unsigned. */
function integer(bytes: Buffer): Buffer {
  const isNegative = (bytes[0]! & 0x80) !== 0;
  return der(TAG.integer, isNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number) as [number, number, ...number[]];
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
