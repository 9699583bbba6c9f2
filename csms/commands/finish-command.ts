import type { Clock } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { maskSecrets } from '@voltpile/kernel/mask-secrets';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { StationCommand } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import { finishCommand } from '../persistence/commands-repository.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { endIntent } from '../persistence/start-intents-repository.ts';
import { commandEvent } from './command-events.ts';
import type { OutcomeFollower } from './outcome-follower.ts';

/** A station may answer with all of its configuration; not with more. */
const MAX_RESPONSE_LENGTH = 1_000_000;

/** Nobody knows whether the station has heard it, or whether it waits for the car: a charge that begins in time is a good one. */
const MAY_COME: ReadonlySet<CommandOutcome['status']> = new Set(['timeout', 'unknown']);

export interface SentCommand {
  readonly station: StationKey;
  readonly command: StationCommand;
  readonly followers: readonly OutcomeFollower[];
}

/**
 * Stores what came of a command, once: of two endings the first stands. A start that was not accepted leaves no intent behind, unless its
 * transaction has begun already (stations may report it before they answer).
 *
 * @param sent the command as it was sent, when that is known: the capabilities that it concerns store what follows from the outcome
 * @returns whether this was the ending
 */
export async function storeOutcome(
  dependencies: { readonly knex: Knex; readonly clock: Clock; readonly onEvents: () => void },
  commandId: Uuid,
  outcome: CommandOutcome,
  sent?: SentCommand,
): Promise<boolean> {
  const { knex, clock, onEvents } = dependencies;
  const response = boundedResponse(outcome.response);
  const ended = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      const finishedAt = clock.now();
      const record = await finishCommand(trx, commandId, { status: outcome.status, response, finishedAt });
      if (record === undefined) return false;
      if (record.intentId !== null && outcome.status !== 'accepted') {
        await endIntent(trx, record.intentId, MAY_COME.has(outcome.status) ? null : outcome.status);
      }
      const events = [commandEvent('command.finished', record)];
      if (sent !== undefined) {
        const { station, command } = sent;
        const { view, organizationId, siteId } = record;
        const ended = {
          commandId,
          station,
          stationId: view.stationId,
          organizationId,
          siteId,
          command,
          outcome,
          finishedAt,
        };
        for (const follow of sent.followers) events.push(...(await follow(trx, ended)));
      }
      await insertEvents(trx, events);
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
