import type { SampleKind } from './normalise-sample.ts';

/** Where kinds are kept: finds or makes the rows and returns their ids, in order. */
export type SampleKindStore = (kinds: readonly SampleKind[]) => Promise<number[]>;

/** Distinct kinds in a whole deployment. Real stations use a few hundred; beyond that somebody sends noise. */
export const MAX_SAMPLE_KINDS = 20_000;

/** The kind of everything that has no kind of its own any more. */
export const OTHER_KIND: SampleKind = {
  measurand: 'Other',
  phase: null,
  location: null,
  context: null,
  format: null,
  unit: null,
  basis: 'register',
};

/**
 * Interns sample kinds. Ids never change, so what was looked up once is remembered for good; only a new kind costs a query.
 */
export class SampleKinds {
  readonly #store: SampleKindStore;
  readonly #ids = new Map<string, number>();
  /** The first few of each measurand, found without making a key. */
  readonly #common = new Map<string, { readonly kind: SampleKind; readonly id: number }[]>();
  readonly #limit: number;

  constructor(store: SampleKindStore, limit: number = MAX_SAMPLE_KINDS) {
    this.#store = store;
    this.#limit = limit;
  }

  /** The id, when the kind is known to this process; undefined: ask {@link resolve}. */
  known(kind: SampleKind): number | undefined {
    const common = this.#common.get(kind.measurand);
    if (common === undefined) return this.#ids.get(keyOf(kind));
    for (const entry of common) if (isSame(entry.kind, kind)) return entry.id;
    return common.length < MAX_COMMON ? undefined : this.#ids.get(keyOf(kind));
  }

  /** Makes sure that all kinds have an id. A kind above the limit answers `Other`; the caller then keeps the sample as text. */
  async resolve(kinds: readonly SampleKind[]): Promise<void> {
    const missing = new Map<string, SampleKind>();
    for (const kind of kinds) {
      const key = keyOf(kind);
      if (!this.#ids.has(key)) missing.set(key, kind);
    }
    if (missing.size === 0) return;
    const room = this.#limit - this.#ids.size;
    const stored = room <= 0 ? [OTHER_KIND] : [OTHER_KIND, ...[...missing.values()].slice(0, room)];
    const ids = await this.#store(stored);
    stored.forEach((kind, index) => {
      this.#remember(kind, ids[index] as number);
    });
  }

  #remember(kind: SampleKind, id: number): void {
    const key = keyOf(kind);
    if (this.#ids.has(key)) return;
    this.#ids.set(key, id);
    const common = this.#common.get(kind.measurand);
    if (common === undefined) this.#common.set(kind.measurand, [{ kind, id }]);
    else if (common.length < MAX_COMMON) common.push({ kind, id });
  }

  /** The id of `Other`; resolved together with any other kind. */
  get other(): number {
    return this.#ids.get(keyOf(OTHER_KIND)) as number;
  }
}

/** Phases, contexts and locations of one measurand at an ordinary station. */
const MAX_COMMON = 24;

function isSame(a: SampleKind, b: SampleKind): boolean {
  return (
    a.phase === b.phase &&
    a.context === b.context &&
    a.location === b.location &&
    a.unit === b.unit &&
    a.format === b.format &&
    a.basis === b.basis
  );
}

function keyOf(kind: SampleKind): string {
  return `${kind.measurand}\u0001${kind.phase ?? ''}\u0001${kind.location ?? ''}\u0001${kind.context ?? ''}\u0001${kind.format ?? ''}\u0001${kind.unit ?? ''}\u0001${kind.basis}`;
}
