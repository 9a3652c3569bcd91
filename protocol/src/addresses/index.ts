/** Where connections to the outside may go. Apart from the rest of the package, because it needs `node:net`. */
export { isPublicAddress } from './public-address.ts';
export { type Reach, reachOf, type ReachPolicy, type ServiceAddress } from './reach.ts';
