/** A map that forgets what was not asked for the longest. For what never changes. */
export class VersionCache<T> {
  readonly #most: number;
  readonly #entries = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept under the id; asks for it once where it is not. */
  async get(id: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(id);
    const value = known ?? (await load());
    // A map keeps the order of insertion: what is used goes to its end.
    this.#entries.delete(id);
    this.#entries.set(id, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest);
    return value;
  }
}
