import { AuthorizationCache } from './authorization-cache.ts';
import type { AuthorizationSource } from './events.ts';
import { LocalList } from './local-list.ts';
import { authorize } from './messages/authorize.ts';
import type { SimulatedStation } from './station.ts';
import type { IdTagInfo } from './types.ts';

export interface AuthorizationDecision {
  readonly info: IdTagInfo;
  readonly source: AuthorizationSource;
}

/** Decides about cards: the central system when it can be asked, the local list and the cache before or instead (OCPP 1.6, 3.5). */
export class Authorization {
  readonly localList: LocalList;
  readonly cache: AuthorizationCache;
  readonly #station: SimulatedStation;

  constructor(station: SimulatedStation) {
    this.#station = station;
    this.localList = new LocalList(station.configuration);
    this.cache = new AuthorizationCache(station.configuration);
  }

  /** Keeps what the central system said about a card; cards of the local list are not cached. */
  learn(idTag: string, info: IdTagInfo | undefined): void {
    if (info === undefined || this.localList.find(idTag, this.#station.clock) !== undefined) return;
    this.cache.remember(idTag, info);
  }

  /** May this card charge? */
  async decide(connectorId: number, idTag: string): Promise<AuthorizationDecision> {
    const decision = await this.#decide(idTag);
    this.#station.tell('authorized', { connectorId, idTag, status: decision.info.status, source: decision.source });
    return decision;
  }

  async #decide(idTag: string): Promise<AuthorizationDecision> {
    const { configuration, canSpeak } = this.#station;
    if (canSpeak) {
      const known = configuration.flag('LocalPreAuthorize') ? this.#find(idTag) : undefined;
      if (known?.info.status === 'Accepted') return known;
      try {
        const info = await authorize(this.#station, idTag);
        this.learn(idTag, info);
        return { info, source: 'central-system' };
      } catch {
        // No answer: decided as if offline. The station has told the reason as an event.
      }
    }
    const known = configuration.flag('LocalAuthorizeOffline') ? this.#find(idTag) : undefined;
    if (known !== undefined) return known;
    if (configuration.flag('AllowOfflineTxForUnknownId')) {
      return { info: { status: 'Accepted' }, source: 'unknown-offline' };
    }
    return { info: { status: 'Invalid' }, source: 'reader' };
  }

  #find(idTag: string): AuthorizationDecision | undefined {
    const listed = this.localList.find(idTag, this.#station.clock);
    if (listed !== undefined) return { info: listed, source: 'local-list' };
    const cached = this.cache.find(idTag, this.#station.clock);
    return cached === undefined ? undefined : { info: cached, source: 'cache' };
  }
}
