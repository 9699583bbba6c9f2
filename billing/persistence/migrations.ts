import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';
import * as ledger from './migrations/0001-accounts-and-ledger.ts';
import * as tariffs from './migrations/0002-tariffs.ts';
import * as settlement from './migrations/0003-settlement.ts';
import * as payments from './migrations/0004-payments.ts';
import * as invoices from './migrations/0005-invoices.ts';
import * as deliveries from './migrations/0006-tariff-deliveries.ts';
import * as cardCharges from './migrations/0007-card-charges.ts';
import * as keptWhole from './migrations/0008-kept-whole.ts';
import * as receivedPayments from './migrations/0009-received-payments.ts';
import * as rowDigests from './migrations/0010-row-digests.ts';
import * as confirmedEnergy from './migrations/0011-confirmed-energy.ts';
import * as newsOfCharges from './migrations/0012-news-of-charges.ts';
import * as comparedWithSources from './migrations/0013-compared-with-sources.ts';

/** Every change that the schema `billing` ever saw, in order. */
const migrations: readonly Migration[] = [
  { name: '0001-accounts-and-ledger', up: ledger.up, down: ledger.down },
  { name: '0002-tariffs', up: tariffs.up, down: tariffs.down },
  { name: '0003-settlement', up: settlement.up, down: settlement.down },
  { name: '0004-payments', up: payments.up, down: payments.down },
  { name: '0005-invoices', up: invoices.up, down: invoices.down },
  { name: '0006-tariff-deliveries', up: deliveries.up, down: deliveries.down },
  { name: '0007-card-charges', up: cardCharges.up, down: cardCharges.down },
  { name: '0008-kept-whole', up: keptWhole.up, down: keptWhole.down },
  { name: '0009-received-payments', up: receivedPayments.up, down: receivedPayments.down },
  { name: '0010-row-digests', up: rowDigests.up, down: rowDigests.down },
  { name: '0011-confirmed-energy', up: confirmedEnergy.up, down: confirmedEnergy.down },
  { name: '0012-news-of-charges', up: newsOfCharges.up, down: newsOfCharges.down },
  { name: '0013-compared-with-sources', up: comparedWithSources.up, down: comparedWithSources.down },
];

export const billingMigrations: MigrationSet = { schema: 'billing', migrations };
