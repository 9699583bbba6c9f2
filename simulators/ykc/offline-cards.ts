import { NO_CARD } from './card-number.ts';

const CARD_DIGITS = 16;

/** Cards that may start while the pile has no connection (0x44); kept through power cuts. */
export class OfflineCards {
  readonly #max: number;
  /** Logic number by physical number. */
  readonly #cards = new Map<string, string>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#cards.size;
  }

  logicCardOf(physCard: string): string | undefined {
    return this.#cards.get(physCard);
  }

  /** @param cards logic and physical number each @returns 0, or why nothing was stored: 1 bad format, 2 no space */
  add(cards: readonly string[]): 0 | 1 | 2 {
    const read = cards.map((card): [string, string] => [card.slice(CARD_DIGITS), card.slice(0, CARD_DIGITS)]);
    if (read.some(([physCard]) => physCard === NO_CARD)) return 1;
    const fresh = new Set(read.map(([physCard]) => physCard).filter((physCard) => !this.#cards.has(physCard)));
    if (this.#cards.size + fresh.size > this.#max) return 2;
    for (const [physCard, logicCard] of read) this.#cards.set(physCard, logicCard);
    return 0;
  }

  /** @returns whether it was there */
  remove(physCard: string): boolean {
    return this.#cards.delete(physCard);
  }
}
