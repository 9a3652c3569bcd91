/** Lazy part: the URL Standard's parser, for URLs that need encoding or resolving, and for the setters of URL. */
export {
  basicURLParse,
  cannotHaveAUsernamePasswordPort,
  serializeHost,
  serializeURLOrigin,
  setThePassword,
  setTheUsername,
} from 'whatwg-url/lib/url-state-machine.js';
