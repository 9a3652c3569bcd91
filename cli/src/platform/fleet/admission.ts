/**
 * Decides who becomes a node, and what a node is granted: labels signed by the platform, a certificate, a NATS user and the
 * store's user made for it. In the process of `sovfn up`, which reads the signing key for it.
 *
 * Guarantees: an invitation makes one key a node, before it expires; the same key may ask again, another one may not.
 * Hostile: the request.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { issueUserJwt, nodeSigner, openPlatformSigner } from '@sovfn/bus';
import {
  type EnrolmentStatement,
  isSignedBy,
  issueLabels,
  type LinkRequest,
  linkRequestSchema,
  type NodeGrant,
  PROTOCOL_VERSION,
  publicJwk,
  SIGNED_KINDS,
  SovfnError,
  supervisorPermissions,
} from '@sovfn/protocol';
import { issueNodeCertificate, type LinkAuthority } from '../../link/link-authority.ts';
import type { LinkPeer } from '../../link/link-server.ts';
import type { DataFolder } from '../data-folder.ts';
import { placeOfMachine } from '../enrol.ts';
import { keyFiles, readSecret } from '../keys.ts';
import { BUNDLES_BUCKET, DATA_BUCKET } from '../layout.ts';
import { storePlaceOf } from '../service-config.ts';
import { storeUserOf } from '../store-users.ts';
import { type EnrolmentRecord, readEnrolment, withEnrolments, writeEnrolment } from './enrolments.ts';
import { namedZonesOf, readNamedZones } from './named-zones.ts';

/** Of labels, certificate and NATS user together: they are renewed at each start of the node. */
const VALID_MS = 365 * 86_400_000;
const NEW_BUNDLE = 'Make a new bundle with `sovfn nodes add`.';

export class Admission {
  readonly #folder: DataFolder;
  readonly #authority: LinkAuthority;

  constructor(folder: DataFolder, authority: LinkAuthority) {
    this.#folder = folder;
    this.#authority = authority;
  }

  /** Whether the certificate is that of a node which has enrolled and was not removed. */
  async isEnrolled(peer: LinkPeer): Promise<boolean> {
    return (await this.#recordOf(peer)) !== null;
  }

  /** Throws SovfnError `enrolment-refused` or `bad-message`. */
  async answer(line: string, peer: LinkPeer | null): Promise<NodeGrant> {
    const request = parseRequest(line);
    if (request.type === 'enrol') return this.#enrol(request);
    const record = peer === null ? null : await this.#recordOf(peer);
    if (record === null) {
      const who = peer === null ? 'a machine without a certificate' : `node "${peer.node}"`;
      throw refused(`${who} is not enrolled here, or was removed`);
    }
    return this.#grant(record, request.busPublicKey);
  }

  async #enrol({ statement, signature }: Extract<LinkRequest, { type: 'enrol' }>): Promise<NodeGrant> {
    const { node, publicKey, busPublicKey } = statement;
    if (!isSignedBy(SIGNED_KINDS.enrolment, statement, signature, publicKey)) {
      throw refused(`the request to become node "${node}" is not signed with the key that is to be enrolled`);
    }
    const record = await withEnrolments(this.#folder, async () => {
      const invited = await this.#invitationOf(statement);
      const enrolled = { ...invited, state: 'enrolled', publicKey, enrolledAt: new Date().toISOString() } as const;
      await writeEnrolment(this.#folder, enrolled);
      return enrolled;
    });
    return this.#grant(record, busPublicKey);
  }

  async #invitationOf({ node, enrolment, token, publicKey }: EnrolmentStatement): Promise<EnrolmentRecord> {
    const record = await readEnrolment(this.#folder, node);
    if (record === null || record.enrolment !== enrolment || !isToken(token, record.tokenSha256)) {
      throw refused(`the bundle for node "${node}" is of no enrolment of this platform`);
    }
    if (record.state === 'removed') throw refused(`node "${node}" was removed`);
    if (record.state === 'enrolled' && record.publicKey !== publicKey) {
      throw refused(`the bundle for node "${node}" was used at ${record.enrolledAt!}; it can be used once`);
    }
    if (record.state === 'invited' && Date.now() >= Date.parse(record.expiresAt)) {
      throw refused(`the bundle for node "${node}" could be used until ${record.expiresAt}`);
    }
    return record;
  }

  async #recordOf({ node, publicKey }: LinkPeer): Promise<EnrolmentRecord | null> {
    const record = await readEnrolment(this.#folder, node);
    return record?.state === 'enrolled' && record.publicKey === publicKey ? record : null;
  }

  async #grant(record: EnrolmentRecord, busPublicKey: string): Promise<NodeGrant> {
    const { node, zones, place, enrolment, storeSecret } = record;
    const publicKey = record.publicKey!;
    const files = keyFiles(this.#folder);
    const signer = await openPlatformSigner(files.platformSigning, this.#folder.platformKey);
    const issuedAt = new Date();
    const period = { issuedAt, expiresAt: new Date(issuedAt.getTime() + VALID_MS) };
    const keys = { platformKey: signer.key, platformPublicKey: signer.publicKey };
    const namedZones = await readNamedZones(this.#folder);
    const storeMachine = await placeOfMachine(this.#folder, {});
    const accountSeed = await readSecret(files.accountSeed);
    const user = {
      ...{ accountSeed, signerSeed: nodeSigner(accountSeed, node, enrolment).seed, publicKey: busPublicKey },
      ...{ name: node, permissions: supervisorPermissions(node, zones, place.country), expiresAt: period.expiresAt },
    };
    return {
      v: PROTOCOL_VERSION,
      type: 'granted',
      node,
      zones,
      labels: issueLabels({ role: 'node', name: node, publicKey }, place, { ...keys, ...period, namedZones }),
      platformKey: publicJwk(signer.publicKey),
      certificate: issueNodeCertificate(this.#authority, { name: node, publicKey, ...period }),
      busJwt: await issueUserJwt(user),
      store: {
        accessKey: storeUserOf(node),
        secretKey: storeSecret,
        bundles: BUNDLES_BUCKET,
        data: DATA_BUCKET,
        place: storePlaceOf(storeMachine, await namedZonesOf(this.#folder, storeMachine)),
      },
    };
  }
}

export const tokenDigest = (token: string): string => createHash('sha256').update(token).digest('base64url');

function isToken(token: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(tokenDigest(token)), Buffer.from(sha256));
}

function parseRequest(line: string): LinkRequest {
  try {
    return linkRequestSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new SovfnError('bad-message', 'a request to become a node is malformed', {
      cause,
      hint: 'Compare the versions: `sovfn version` on both machines.',
    });
  }
}

function refused(why: string): SovfnError {
  return new SovfnError('enrolment-refused', why, { hint: NEW_BUNDLE });
}
