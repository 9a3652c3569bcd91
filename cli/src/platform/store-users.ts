import { BUNDLES_BUCKET, DATA_BUCKET, EVENTS_BUCKET, LOGS_BUCKET, OUTPUTS_BUCKET, PROOFS_BUCKET } from './layout.ts';
import type { PolicyStatement, StoreUser } from './minio-admin.ts';

/** Access keys of MinIO's users. Their secrets are in the keys folder. */
export const STORE_USERS = { root: 'sovfn-root', gateway: 'sovfn-gateway', node: 'sovfn-node' } as const;

const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
const objectsArn = (bucket: string): string => `arn:aws:s3:::${bucket}/*`;

const GATEWAY_BUCKETS = [BUNDLES_BUCKET, OUTPUTS_BUCKET, EVENTS_BUCKET, LOGS_BUCKET] as const;

const GATEWAY_ALLOWS: readonly PolicyStatement[] = [
  { Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] },
  {
    Effect: 'Allow',
    Action: ['s3:CreateBucket', 's3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
    Resource: [...GATEWAY_BUCKETS, PROOFS_BUCKET].map(bucketArn),
  },
  {
    Effect: 'Allow',
    Action: [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    Resource: GATEWAY_BUCKETS.map(objectsArn),
  },
  // Copies of the audit log stay; those of receipts have their time.
  { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: [objectsArn(PROOFS_BUCKET)] },
  { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${bucketArn(PROOFS_BUCKET)}/receipts/*`] },
  // Of what nodes keep for bindings, a gateway only removes what belonged to a tenant that is erased.
  { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [bucketArn(DATA_BUCKET)] },
  { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [objectsArn(DATA_BUCKET)] },
];

const NODE_ALLOWS: readonly PolicyStatement[] = [
  {
    Effect: 'Allow',
    Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
    Resource: [bucketArn(BUNDLES_BUCKET), bucketArn(DATA_BUCKET)],
  },
  { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [objectsArn(BUNDLES_BUCKET)] },
  {
    Effect: 'Allow',
    Action: [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    Resource: [objectsArn(DATA_BUCKET)],
  },
];

/** Access key of a node on another host. */
export const storeUserOf = (node: string): string => `${STORE_USERS.node}-${node}`;

/** The user of a node on another host: it may what the node of this machine may. */
export const nodeStoreUser = (node: string, secretKey: string): StoreUser => ({
  accessKey: storeUserOf(node),
  secretKey,
  allows: NODE_ALLOWS,
});

/** The users that the embedded MinIO gets: a gateway cannot leave its buckets, a node writes only what bindings keep. */
export function storeUsers(secrets: Readonly<Record<'gateway' | 'node', string>>): readonly StoreUser[] {
  return [
    { accessKey: STORE_USERS.gateway, secretKey: secrets.gateway, allows: GATEWAY_ALLOWS },
    { accessKey: STORE_USERS.node, secretKey: secrets.node, allows: NODE_ALLOWS },
  ];
}
