import type { Clock } from '@voltpile/kernel/clock';
import type { Epoch, StationKey } from '../contract/ids.ts';
import { cutText } from '../persistence/storable-text.ts';
import type { StationWriter } from './station-writer.ts';

const MAX_REASON_LENGTH = 200;

/**
 * The socket of that epoch has closed. A newer connection stays open: only the connection of exactly that epoch is closed, and only once.
 */
export async function disconnected(
  dependencies: { readonly writer: StationWriter; readonly clock: Clock },
  station: StationKey,
  epoch: Epoch,
  reason: string,
): Promise<void> {
  const closing = {
    station,
    epoch,
    disconnectedAt: dependencies.clock.now(),
    reason: cutText(reason, MAX_REASON_LENGTH, () => {}),
  };
  await dependencies.writer.submit<'disconnect'>({ kind: 'disconnect', station, closing });
}
