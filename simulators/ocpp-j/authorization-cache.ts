import type { Instant } from '@voltpile/kernel/clock';
import { asOf, type CardInfo } from '../station/card.ts';

const MAX_ENTRIES = 500;

/** The authorisation cache: the last answers about cards, the longest unused ones forgotten first. */
export class AuthorizationCache {
  readonly #isEnabled: () => boolean;
  readonly #entries = new Map<string, CardInfo>();

  /** @param isEnabled asked anew each time */
  constructor(isEnabled: () => boolean) {
    this.#isEnabled = isEnabled;
  }

  get size(): number {
    return this.#entries.size;
  }

  remember(card: string, info: CardInfo): void {
    // ConcurrentTx is about the moment, not about the card.
    if (!this.#isEnabled() || info.status === 'ConcurrentTx') return;
    const key = card.toLowerCase();
    this.#entries.delete(key);
    this.#entries.set(key, info);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as string);
  }

  find(card: string, now: Instant): CardInfo | undefined {
    return this.#isEnabled() ? asOf(now, this.#entries.get(card.toLowerCase())) : undefined;
  }

  /** Forgets one card. @returns whether it was known */
  forget(card: string): boolean {
    return this.#entries.delete(card.toLowerCase());
  }

  /** @returns false when the cache is off */
  clear(): boolean {
    this.#entries.clear();
    return this.#isEnabled();
  }
}
