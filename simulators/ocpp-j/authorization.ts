import type { Clock } from '@voltpile/kernel/clock';
import type { CardInfo } from '../station/card.ts';
import type { AuthorizationSource } from '../station/events.ts';
import type { CardStatus } from '../station/words.ts';
import { AuthorizationCache } from './authorization-cache.ts';
import { LocalList, type LocalListRules } from './local-list.ts';

export interface AuthorizationDecision {
  readonly info: CardInfo;
  readonly source: AuthorizationSource;
}

/** What the station's configuration says about cards; asked anew each time. @typeParam K a card as the protocol names it */
export interface AuthorizationRules<K> {
  /** The number that is looked up and compared. */
  numberOf(card: K): string;
  /** Asks the central system. @throws when it gives no answer */
  ask(card: K): Promise<CardInfo>;
  /** The central system can be asked, and may be. */
  canAsk(): boolean;
  /** The local list and the cache are enough also while the central system could be asked. */
  preAuthorizes(): boolean;
  /** The local list and the cache decide while it cannot be asked. */
  decidesOffline(): boolean;
  /** Cards that nobody knows may charge while it cannot be asked. */
  allowsUnknownOffline(): boolean;
  isCacheEnabled(): boolean;
  readonly localList: LocalListRules;
  told(place: number, card: string, status: CardStatus, source: AuthorizationSource): void;
}

/** Decides about cards: the central system when it can be asked, the local list and the cache before or instead. */
export class Authorization<K> {
  readonly localList: LocalList;
  readonly cache: AuthorizationCache;
  readonly #rules: AuthorizationRules<K>;
  readonly #clock: Clock;

  constructor(rules: AuthorizationRules<K>, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
    this.localList = new LocalList(rules.localList);
    this.cache = new AuthorizationCache(() => rules.isCacheEnabled());
  }

  /** Keeps what the central system said about a card; cards of the local list are not cached. */
  learn(card: K, info: CardInfo | undefined): void {
    const number = this.#rules.numberOf(card);
    if (info === undefined || this.localList.find(number, this.#clock.now()) !== undefined) return;
    this.cache.remember(number, info);
  }

  /** May this card charge? @param place the connector, for the event that tells the answer */
  async decide(place: number, card: K): Promise<AuthorizationDecision> {
    const decision = await this.#decide(card);
    this.#rules.told(place, this.#rules.numberOf(card), decision.info.status, decision.source);
    return decision;
  }

  async #decide(card: K): Promise<AuthorizationDecision> {
    const rules = this.#rules;
    if (rules.canAsk()) {
      const known = rules.preAuthorizes() ? this.#find(card) : undefined;
      if (known?.info.status === 'Accepted') return known;
      try {
        const info = await rules.ask(card);
        this.learn(card, info);
        return { info, source: 'central-system' };
      } catch {
        // No answer: decided as if offline. The station has told the reason as an event.
      }
    }
    const known = rules.decidesOffline() ? this.#find(card) : undefined;
    if (known !== undefined) return known;
    if (rules.allowsUnknownOffline()) return { info: { status: 'Accepted' }, source: 'unknown-offline' };
    return { info: { status: 'Invalid' }, source: 'reader' };
  }

  #find(card: K): AuthorizationDecision | undefined {
    const number = this.#rules.numberOf(card);
    const now = this.#clock.now();
    const listed = this.localList.find(number, now);
    if (listed !== undefined) return { info: listed, source: 'local-list' };
    const cached = this.cache.find(number, now);
    return cached === undefined ? undefined : { info: cached, source: 'cache' };
  }
}
