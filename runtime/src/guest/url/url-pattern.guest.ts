/** Lazy part: URLPattern. */
import { URLPattern } from 'urlpattern-polyfill/urlpattern';
import { defineInterface } from '../core/interface.guest.ts';

defineInterface(URLPattern, 'URLPattern');

export { URLPattern };
