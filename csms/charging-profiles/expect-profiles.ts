import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { StationCommand } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import { storeProfileRequest } from '../persistence/charging-profiles-repository.ts';
import { criteriaOf } from './profile-view.ts';

/**
 * Remembers, with the command that asks a station for its profiles, which ones: a station that has told all of them has none of those that it
 * left out. Known before the station is asked, because the profiles may come before the answer.
 */
export async function expectProfiles(
  trx: Knex,
  station: StationKey,
  command: StationCommand,
  { commandId, at }: { readonly commandId: Uuid; readonly at: Instant },
): Promise<void> {
  if (command.action !== 'get-charging-profiles') return;
  const { requestId } = command.payload;
  if (requestId === undefined) return;
  const request = { criteria: criteriaOf(command), requestedAt: at, commandId };
  await storeProfileRequest(trx, station, requestId, request);
}
