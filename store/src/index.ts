/** The object store: any S3 server behind one small, guarded interface. */
export { type ListedObject, type Listing, type ListOptions } from './listing.ts';
export { isHeaderValue } from './names.ts';
export { type Condition, type ObjectFacts, ObjectStore, openStore, type PutOptions } from './object-store.ts';
export { type ReadStreamOptions } from './download.ts';
export { type StoreOptions } from './store-connection.ts';
export { type StreamedPutOptions } from './upload.ts';
