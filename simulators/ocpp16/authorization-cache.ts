import type { Clock } from '@voltpile/kernel/clock';
import type { Configuration } from './configuration.ts';
import { asOfNow } from './local-list.ts';
import type { IdTagInfo } from './types.ts';

const MAX_ENTRIES = 500;

/** The authorisation cache (OCPP 1.6, 3.5.1): the last answers about cards, the longest unused ones forgotten first. */
export class AuthorizationCache {
  readonly #configuration: Configuration;
  readonly #entries = new Map<string, IdTagInfo>();

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  get size(): number {
    return this.#entries.size;
  }

  remember(idTag: string, info: IdTagInfo): void {
    if (!this.#configuration.flag('AuthorizationCacheEnabled')) return;
    const key = idTag.toLowerCase();
    // ConcurrentTx is about the moment, not about the card.
    if (info.status === 'ConcurrentTx') return;
    this.#entries.delete(key);
    this.#entries.set(key, info);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as string);
  }

  find(idTag: string, clock: Clock): IdTagInfo | undefined {
    if (!this.#configuration.flag('AuthorizationCacheEnabled')) return undefined;
    return asOfNow(this.#entries.get(idTag.toLowerCase()), clock);
  }

  /** @returns false when the cache is off */
  clear(): boolean {
    this.#entries.clear();
    return this.#configuration.flag('AuthorizationCacheEnabled');
  }
}
