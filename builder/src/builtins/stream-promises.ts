/** `node:stream/promises`. */
import Stream from 'readable-stream';

const { finished, pipeline } = Stream.promises;

export { finished, pipeline };
