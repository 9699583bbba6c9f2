import type { FundsPort } from '@voltpile/csms/contract/funds-port';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { createAccounts } from './accounts/service.ts';
import type { AccountsPort } from './contract/accounts.ts';
import type { LedgerPort } from './contract/ledger.ts';
import type { TariffsPort } from './contract/tariff-preview.ts';
import type { WalletsPort } from './contract/wallets.ts';
import { createLedger } from './ledger/ledger.ts';
import { LEDGER_CHECKS } from './ledger/ledger-checks.ts';
import { createLedgerService } from './ledger/ledger-service.ts';
import { priceSession } from './rating/price-session.ts';

export interface BillingDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the stations' domain. */
  readonly ports: { readonly sites: Pick<SitesPort, 'getOrganization' | 'listOrganizations'> };
}

export interface Billing {
  readonly tariffs: TariffsPort;
  readonly accounts: AccountsPort;
  readonly wallets: WalletsPort;
  readonly ledger: LedgerPort;
  /** For the stations' domain. */
  readonly funds: FundsPort;
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
}

/** What things cost, who pays, and the books. */
export function createBilling({ database, clock, logger: parent, ports }: BillingDependencies): Billing {
  const logger = parent.child({ component: 'billing' });
  const { knex } = database;
  const accounts = createAccounts({ database, clock, logger, ledger: createLedger(), ports });
  const books = createLedgerService({ knex, clock, logger, checks: [...LEDGER_CHECKS, ...accounts.checks] });
  return {
    tariffs: { preview: async (tariff, session) => priceSession(tariff, session) },
    accounts: accounts.accounts,
    wallets: accounts.wallets,
    ledger: books.port,
    funds: accounts.funds,
    jobs: [...accounts.jobs, ...books.jobs],
  };
}
