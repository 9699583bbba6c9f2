import type { StationKey } from '@voltpile/csms/contract/ids';
import type { StationSession } from './station-session.ts';

export const REPLACED = 'replaced by a newer connection';
/** 1008: of two sockets of one station the older has to go; 1000 would look like an ordinary end to whoever reads its log. */
export const REPLACED_CODE = 1008;

/**
 * Which connection is a station's current one. The newest epoch wins; the older socket is asked to go, and until it has gone what
 * it still brings is handled under its own epoch. Its late close changes nothing here.
 */
export class ConnectionRegistry {
  readonly #current = new Map<StationKey, StationSession>();
  readonly #all = new Set<StationSession>();

  #emptied: PromiseWithResolvers<void> | undefined;

  /** All sockets, the replaced ones that have not closed yet included. */
  get all(): ReadonlySet<StationSession> {
    return this.#all;
  }

  current(station: StationKey): StationSession | undefined {
    return this.#current.get(station);
  }

  add(session: StationSession): void {
    this.#all.add(session);
    const other = this.#current.get(session.station);
    if (other !== undefined && other.epoch > session.epoch) {
      // Two logins overtook each other between the domain and here: the one the domain saw last counts.
      session.leave(REPLACED_CODE, REPLACED);
      return;
    }
    this.#current.set(session.station, session);
    other?.leave(REPLACED_CODE, REPLACED);
  }

  remove(session: StationSession): void {
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
