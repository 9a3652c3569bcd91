/** Everything the call path needs, without the client library: cells load only this. */
export { Deadlines, type DeadlinesOptions, NO_DEADLINE, type Timed } from '../deadlines.ts';
export { InFlight } from '../in-flight.ts';
export { ChunkReceiver, type ChunkReceiverOptions } from '../streams/chunk-receiver.ts';
export { ChunkSender, type ChunkSenderOptions, type Pace } from '../streams/chunk-sender.ts';
export { busServersSchema } from './bus-servers.ts';
export { BUNDLED_BYTES, Bundler, type BundlerOptions } from './bundler.ts';
export { type BusAddress, dial, WireClient, type WireClientOptions } from './client.ts';
export { type OnMessage, WireConnection, type WireOptions, type WireSubscription } from './connection.ts';
export { Replies } from './replies.ts';
export { type BusCredential, decodeCredential, encodeCredential } from './credential.ts';
