/** Writes a country database in MMDB format (MaxMind DB File Format 2.0) for IPv4 networks: as small as tests need it. */

const RECORD_BITS = 24;
const SEPARATOR = Buffer.alloc(16);
const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
const TYPE = { string: 2, uint16: 5, uint32: 6, map: 7, array: 11 } as const;

type Branch = [Branch | string | null, Branch | string | null];

/** `networks`: `[address, prefix length, country]`. Networks must not overlap. */
export function countryFile(networks: readonly (readonly [string, number, string])[]): Buffer {
  const root: Branch = [null, null];
  for (const [address, length, country] of networks) plant(root, address, length, country);
  const branches = collect(root);
  const countries = [...new Set(networks.map(([, , country]) => country))];
  const records = countries.map((country) => map({ country: map({ iso_code: string(country) }) }));
  const offsets = new Map(countries.map((country, i) => [country, bytes(records.slice(0, i))]));
  const pointer = (to: Branch | string | null): number => {
    if (to === null) return branches.length;
    if (typeof to === 'string') return branches.length + SEPARATOR.length + offsets.get(to)!;
    return branches.indexOf(to);
  };
  const tree = Buffer.alloc((branches.length * RECORD_BITS * 2) / 8);
  for (const [i, [left, right]] of branches.entries()) {
    tree.writeUIntBE(pointer(left), i * 6, 3);
    tree.writeUIntBE(pointer(right), i * 6 + 3, 3);
  }
  return Buffer.concat([tree, SEPARATOR, ...records, MARKER, metadata(branches.length)]);
}

function plant(root: Branch, address: string, length: number, country: string): void {
  const bits = address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
    .slice(0, length);
  let at = root;
  for (const bit of bits.slice(0, -1)) {
    const next = at[Number(bit)];
    const made: Branch = Array.isArray(next) ? next : [null, null];
    at[Number(bit)] = made;
    at = made;
  }
  at[Number(bits.at(-1))] = country;
}

function collect(branch: Branch): Branch[] {
  return [branch, ...branch.flatMap((next) => (Array.isArray(next) ? collect(next) : []))];
}

function metadata(nodes: number): Buffer {
  return map({
    node_count: number(TYPE.uint32, nodes, 4),
    record_size: number(TYPE.uint16, RECORD_BITS, 2),
    ip_version: number(TYPE.uint16, 4, 2),
    database_type: string('Test-Country'),
    languages: Buffer.from([0, TYPE.array - 7]),
    binary_format_major_version: number(TYPE.uint16, 2, 2),
    binary_format_minor_version: number(TYPE.uint16, 0, 2),
    build_epoch: number(TYPE.uint32, 1, 4),
    description: map({}),
  });
}

function map(entries: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(entries).flatMap(([key, value]) => [string(key), value]);
  return Buffer.concat([Buffer.from([(TYPE.map << 5) | (parts.length / 2)]), ...parts]);
}

/** Shorter than 29 characters, or one length byte more. */
function string(text: string): Buffer {
  const head = text.length < 29 ? [(TYPE.string << 5) | text.length] : [(TYPE.string << 5) | 29, text.length - 29];
  return Buffer.concat([Buffer.from(head), Buffer.from(text)]);
}

function number(type: number, value: number, size: number): Buffer {
  const written = Buffer.alloc(1 + size);
  written[0] = (type << 5) | size;
  written.writeUIntBE(value, 1, size);
  return written;
}

const bytes = (parts: readonly Buffer[]): number => parts.reduce((sum, part) => sum + part.length, 0);
