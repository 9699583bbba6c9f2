import type { Clock } from '@voltpile/kernel/clock';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { Ledger } from '../ledger/entry.ts';
import type { PaymentProvider } from './payment-provider.ts';

/** What drives payments and refunds. */
export interface DriverParts {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly provider: PaymentProvider;
  /** For tests: what throws here is a process that was killed there. */
  readonly hooks?: {
    readonly beforeRequest?: (step: string) => void;
    readonly afterRequest?: (step: string) => void;
  };
}
