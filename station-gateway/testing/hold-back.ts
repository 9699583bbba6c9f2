import type { MessageOrigin, StationPort } from '@voltpile/csms/contract/station-port';
import type { FakeStationPort } from './fake-station-port.ts';

/**
 * Makes the domain wait with what it is told, until it is released.
 *
 * @param isMeant with what; default: with everything
 * @returns `begun` resolves when there is something that it waits with
 */
export function holdBack(
  port: FakeStationPort,
  isMeant: (method: keyof StationPort, origin: MessageOrigin) => boolean = () => true,
): { readonly begun: Promise<void>; release(): void } {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  port.before = (method, origin) => {
    if (!isMeant(method, origin)) return;
    begun.resolve();
    return held.promise;
  };
  return { begun: begun.promise, release: held.resolve };
}
