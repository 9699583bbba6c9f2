import type { StationKey } from '@voltpile/csms/contract/ids';
import type { GatewaySession } from './gateway-session.ts';

export const REPLACED = 'replaced by a newer connection';

/**
 * Which connection is a station's current one. The newest epoch wins; the older socket is asked to go, and until it has gone what
 * it still brings is handled under its own epoch. Its late close changes nothing here.
 */
export class ConnectionRegistry {
  readonly #current = new Map<StationKey, GatewaySession>();
  readonly #all = new Set<GatewaySession>();

  #emptied: PromiseWithResolvers<void> | undefined;

  /** All of them, the replaced ones that have not closed yet included. */
  get all(): ReadonlySet<GatewaySession> {
    return this.#all;
  }

  current(station: StationKey): GatewaySession | undefined {
    return this.#current.get(station);
  }

  add(session: GatewaySession): void {
    this.#all.add(session);
    const other = this.#current.get(session.station);
    if (other !== undefined && other.epoch > session.epoch) {
      // Two logins overtook each other between the domain and here: the one the domain saw last counts.
      session.leave(REPLACED, 'replaced');
      return;
    }
    this.#current.set(session.station, session);
    other?.leave(REPLACED, 'replaced');
  }

  remove(session: GatewaySession): void {
    this.#all.delete(session);
    if (this.#current.get(session.station) === session) this.#current.delete(session.station);
    if (this.#all.size === 0) this.#emptied?.resolve();
  }

  /** Resolves when no socket is left, or after the time. */
  async emptied(withinMs: number): Promise<void> {
    if (this.#all.size === 0) return;
    this.#emptied = Promise.withResolvers();
    const timer = setTimeout(this.#emptied.resolve, Math.max(0, withinMs));
    await this.#emptied.promise;
    clearTimeout(timer);
  }
}
