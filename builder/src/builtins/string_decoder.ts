/** `node:string_decoder`: the package of the same name. */
export { StringDecoder } from 'string_decoder/';
