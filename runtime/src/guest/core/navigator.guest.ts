import { defineInterface, INTERNAL, requireInternal } from './interface.guest.ts';

export class Navigator {
  readonly #isNavigator = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'Navigator');
  }

  get userAgent(): string {
    if (!(#isNavigator in this)) throw new TypeError('this is not a Navigator');
    return 'sovfn';
  }
}

defineInterface(Navigator, 'Navigator');

export const navigator = new Navigator(INTERNAL);
