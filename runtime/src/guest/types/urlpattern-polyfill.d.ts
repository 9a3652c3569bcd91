/** What the guest uses of urlpattern-polyfill. */
export class URLPattern {
  constructor(input?: unknown, baseOrOptions?: unknown, options?: unknown);
}
