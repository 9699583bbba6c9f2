import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { StationCommand } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import type { NewEvent } from '../outbox/append-events.ts';

/** A command that has just ended, with all that its capability needs to go on. */
export interface EndedCommand {
  readonly commandId: Uuid;
  readonly station: StationKey;
  /** The station's identity. */
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** As it was sent. */
  readonly command: StationCommand;
  readonly outcome: CommandOutcome;
  readonly finishedAt: Instant;
}

/**
 * What a capability stores when a command has ended: variables that were read, a list that was sent. Runs in the transaction of the
 * command's ending, once; what it returns is told with it.
 */
export type OutcomeFollower = (trx: Knex, ended: EndedCommand) => Promise<readonly NewEvent[]>;
