import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Database } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { PortExchange } from '../exchange/port-exchange.ts';
import type { Config, LiveConfig } from '../settings/settings.ts';

/** What every role is made of. */
export interface Ingredients {
  readonly config: Config;
  /** Of this moment: read where it is used, never kept. */
  readonly live: LiveConfig;
  /** Told after {@link live} has changed. @returns takes the listener away */
  readonly onSettings: (listener: () => void) => () => void;
  /** Names this process, the same after a restart. */
  readonly nodeId: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly exchange: PortExchange;
}

/** With what those need that keep something. */
export interface StoringIngredients extends Ingredients {
  readonly secret: Buffer;
  readonly database: Database;
}

export const roleNeedsDatabase = defineError(
  'server.role_needs_database',
  'FailedPrecondition',
  'The role {role} needs a database: set DATABASE_URL.',
);
