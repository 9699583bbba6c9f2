/** Commands under way are far fewer; of more the oldest are forgotten. */
const MAX_EXPECTED = 100;

/** What we have asked a station for, and until when it may come. Times are those of any clock that does not go back, in milliseconds. */
export class ExpectedMessages {
  readonly #until = new Map<string, number>();

  add(what: string, until: number): void {
    // Asked for again: it is the newest.
    this.#until.delete(what);
    if (this.#until.size >= MAX_EXPECTED) {
      const [oldest] = this.#until.keys();
      if (oldest !== undefined) this.#until.delete(oldest);
    }
    this.#until.set(what, until);
  }

  remove(what: string): void {
    this.#until.delete(what);
  }

  has(what: string, now: number): boolean {
    const until = this.#until.get(what);
    if (until === undefined) return false;
    if (until > now) return true;
    this.#until.delete(what);
    return false;
  }
}
