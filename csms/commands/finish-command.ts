import type { Clock } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { CommandOutcome } from '../contract/station-link.ts';
import { finishCommand } from '../persistence/commands-repository.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { expireIntent } from '../persistence/start-intents-repository.ts';
import { commandEvent } from './command-events.ts';
import { maskSecrets } from './mask-secrets.ts';

/** A station may answer with all of its configuration; not with more. */
const MAX_RESPONSE_LENGTH = 1_000_000;

/**
 * Stores what came of a command, once: of two endings the first stands. A start that was not accepted leaves no intent behind, unless its
 * transaction has begun already (stations may report it before they answer).
 *
 * @returns whether this was the ending
 */
export async function storeOutcome(
  dependencies: { readonly knex: Knex; readonly clock: Clock; readonly onEvents: () => void },
  commandId: Uuid,
  outcome: CommandOutcome,
): Promise<boolean> {
  const { knex, clock, onEvents } = dependencies;
  const response = boundedResponse(outcome.response);
  const ended = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      const record = await finishCommand(trx, commandId, {
        status: outcome.status,
        response,
        finishedAt: clock.now(),
      });
      if (record === undefined) return false;
      if (record.intentId !== null && outcome.status !== 'accepted') await expireIntent(trx, record.intentId);
      await insertEvents(trx, [commandEvent('command.finished', record)]);
      return true;
    }),
  );
  if (ended) onEvents();
  return ended;
}

function boundedResponse(response: unknown): unknown {
  const masked = maskSecrets(response);
  const length = JSON.stringify(masked ?? null).length;
  return length <= MAX_RESPONSE_LENGTH
    ? masked
    : { error: 'response-too-long', message: `The answer has ${length} characters; it was not kept.` };
}
