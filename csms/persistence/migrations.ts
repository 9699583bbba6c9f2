import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';
import * as stationsAndTransactions from './migrations/0001-stations-and-transactions.ts';
import * as keyRotation from './migrations/0002-key-rotation.ts';
import * as plugTimes from './migrations/0003-plug-times.ts';
import * as transactionEvents from './migrations/0004-transaction-events.ts';
import * as deviceModel from './migrations/0005-device-model.ts';
import * as localLists from './migrations/0006-local-lists.ts';
import * as reservationsAndProfiles from './migrations/0007-reservations-and-profiles.ts';
import * as stationProgress from './migrations/0009-station-progress.ts';
import * as connectionFacts from './migrations/0010-connection-facts.ts';
import * as conflictingSamples from './migrations/0011-conflicting-samples.ts';
import * as namedIntents from './migrations/0012-named-intents.ts';
import * as stationBills from './migrations/0013-station-bills.ts';
import * as endedTransactions from './migrations/0014-ended-transactions.ts';
import * as transactionCosts from './migrations/0015-transaction-costs.ts';

/** Every change that the schema `csms` ever saw, in order. */
const migrations: readonly Migration[] = [
  { name: '0001-stations-and-transactions', up: stationsAndTransactions.up, down: stationsAndTransactions.down },
  { name: '0002-key-rotation', up: keyRotation.up, down: keyRotation.down },
  { name: '0003-plug-times', up: plugTimes.up, down: plugTimes.down },
  { name: '0004-transaction-events', up: transactionEvents.up, down: transactionEvents.down },
  { name: '0005-device-model', up: deviceModel.up, down: deviceModel.down },
  { name: '0006-local-lists', up: localLists.up, down: localLists.down },
  {
    name: '0007-reservations-and-profiles',
    up: reservationsAndProfiles.up,
    down: reservationsAndProfiles.down,
  },
  { name: '0009-station-progress', up: stationProgress.up, down: stationProgress.down },
  { name: '0010-connection-facts', up: connectionFacts.up, down: connectionFacts.down },
  { name: '0011-conflicting-samples', up: conflictingSamples.up, down: conflictingSamples.down },
  { name: '0012-named-intents', up: namedIntents.up, down: namedIntents.down },
  { name: '0013-station-bills', up: stationBills.up, down: stationBills.down },
  { name: '0014-ended-transactions', up: endedTransactions.up, down: endedTransactions.down },
  { name: '0015-transaction-costs', up: transactionCosts.up, down: transactionCosts.down },
];

export const csmsMigrations: MigrationSet = { schema: 'csms', migrations };
