import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { endTxProfiles } from '../persistence/charging-profiles-repository.ts';

const PER_ROUND = 1000;

/**
 * A TxProfile ends with its transaction (OCPP 2.0.1 part 2 K, TxProfile; 1.6 §3.13.1), or never begins. Lists show that at once; this writes it into
 * the rows, so that lists stay quick.
 */
export async function endDueProfiles(knex: Knex, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const ended = await withDatabaseErrors(() => endTxProfiles(knex, PER_ROUND));
    if (ended < PER_ROUND || signal?.aborted) return;
  }
}
