/**
 * Which function a path of the public address leads to. A route is an exact path, or a path whose last segment is `*`:
 * `/invoices/*` takes `/invoices`, `/invoices/` and everything below. An exact route comes before a star, a longer star
 * before a shorter one. Paths are compared as they are written: case-sensitive, nothing decoded.
 */
export interface RouteOwner {
  readonly routes: readonly string[];
}

export interface RouteConflict<T> {
  readonly route: string;
  readonly owner: T;
  /** Asked for the route as well, and does not get it. */
  readonly refused: T;
}

export class RouteTable<T extends RouteOwner> {
  readonly conflicts: readonly RouteConflict<T>[];
  readonly #exact = new Map<string, T>();
  /** By the part before `/*`. */
  readonly #below = new Map<string, T>();

  /** Of two functions with the same route, the one that comes first in `owners` gets it. */
  constructor(owners: Iterable<T>) {
    const conflicts: RouteConflict<T>[] = [];
    for (const owner of owners) {
      for (const route of new Set(owner.routes)) {
        const taken = this.#add(route, owner);
        if (taken !== owner) conflicts.push({ route, owner: taken, refused: owner });
      }
    }
    this.conflicts = conflicts;
  }

  find(path: string): T | null {
    const exact = this.#exact.get(path);
    if (exact !== undefined || this.#below.size === 0) return exact ?? null;
    for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const owner = this.#below.get(path.slice(0, end));
      if (owner !== undefined) return owner;
      if (end === 0) break;
    }
    return null;
  }

  /** Returns who has the route now. */
  #add(route: string, owner: T): T {
    const [routes, key] = route.endsWith('/*') ? [this.#below, route.slice(0, -2)] : [this.#exact, route];
    const taken = routes.get(key);
    if (taken === undefined) routes.set(key, owner);
    return taken ?? owner;
  }
}
