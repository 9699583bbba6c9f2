import { uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { StartNaming } from '../contract/station-port.ts';
import { nameIntent } from '../persistence/start-intents-repository.ts';

/**
 * A start command is about to leave, for one EVSE or for several that feed the same vehicle. What belongs together bears the name of a group:
 * that of the first charge where the dialect has none.
 */
export async function startNamed(knex: Knex, naming: StartNaming): Promise<void> {
  const { station, remoteStartId, stationTransactionId: name, parallel = [] } = naming;
  const start = {
    station,
    remoteStartId,
    name,
    startBy: naming.startBy ?? null,
    parallelGroup: naming.parallelGroup ?? (parallel.length === 0 ? null : name),
    copies: parallel.map(({ evseId, stationTransactionId }) => ({ id: uuidv7(), evseId, name: stationTransactionId })),
  };
  await withDatabaseErrors(() => knex.transaction((trx) => nameIntent(trx, start)));
}
