import assert from 'node:assert/strict';
import { FakeClock, toIso } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { createAccountsService } from '../accounts/accounts-service.ts';
import type { AccountsPort } from '../contract/accounts.ts';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import { billingMigrations } from '../persistence/migrations.ts';
import { createTariffs, type Tariffs } from '../tariff/service.ts';
import { FakePlaces } from './fake-places.ts';

export const DAY_MS = 86_400_000;

/** Tariffs on a database of their own. The clock begins now, for the database's triggers go by the real one. */
export interface TariffsBench extends AsyncDisposable {
  readonly tariffs: Tariffs;
  readonly accounts: AccountsPort;
  readonly places: FakePlaces;
  readonly clock: FakeClock;
  readonly database: TestDatabase;
  /** RFC 3339, so many days from now. */
  inDays(days: number): string;
}

export async function createTariffsBench(): Promise<TariffsBench> {
  const database = await createTestDatabase({ migrations: [billingMigrations] });
  const clock = new FakeClock(Date.now());
  const places = new FakePlaces();
  places.addStation('CP1');
  places.addStation('CP2', places.otherSiteId);
  const { sites, stations } = places;
  const { knex } = database;
  const accounts = createAccountsService({ knex, clock, sites });
  return {
    tariffs: createTariffs({ knex, clock, sites, stations, accounts }),
    accounts,
    places,
    clock,
    database,
    inDays: (days) => toIso((clock.now() + days * DAY_MS) as ReturnType<FakeClock['now']>),
    [Symbol.asyncDispose]: () => database.dispose(),
  };
}

/** So much for a kilowatt-hour, whatever the time. */
export function perKwh(price: string, more: object = {}): Tariff {
  const component = { type: 'ENERGY', price, step_size: 1 };
  return tariffSchema.parse({ currency: 'EUR', elements: [{ price_components: [component] }], ...more });
}

/** For `assert.rejects`. */
export function failsWith(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof VoltpileError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
