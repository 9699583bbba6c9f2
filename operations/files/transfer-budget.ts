/** Room that one transfer has taken. */
export interface Transfer {
  /** Bytes of it that are, or may yet come to be, on disk. */
  readonly reservedBytes: number;
  /** So many are needed in all. */
  reserve(bytes: number): void;
  end(): void;
}

/** How many transfers run at once, and how much room those that bring something will take. */
export class TransferBudget {
  readonly #max: () => number;
  readonly #maxPerKey: number;
  readonly #running = new Set<{ readonly key: string; bytes: number }>();

  /** @param maxPerKey of one token or person: an upload that hangs must not keep its station from trying again */
  constructor(max: () => number, maxPerKey: number) {
    this.#max = max;
    this.#maxPerKey = maxPerKey;
  }

  get running(): number {
    return this.#running.size;
  }

  get reservedBytes(): number {
    let sum = 0;
    for (const { bytes } of this.#running) sum += bytes;
    return sum;
  }

  /** Takes a place; undefined when there is none. */
  begin(key: string): Transfer | undefined {
    if (this.#running.size >= this.#max()) return undefined;
    let ofKey = 0;
    for (const other of this.#running) if (other.key === key) ofKey += 1;
    if (ofKey >= this.#maxPerKey) return undefined;
    const place = { key, bytes: 0 };
    this.#running.add(place);
    return {
      get reservedBytes() {
        return place.bytes;
      },
      reserve(bytes) {
        if (bytes > place.bytes) place.bytes = bytes;
      },
      end: () => {
        this.#running.delete(place);
      },
    };
  }
}
