import type { SitesPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { AccountsPort } from '../contract/accounts.ts';
import type { StoredTariffsPort } from '../contract/stored-tariffs.ts';
import type { TariffAssignmentsPort } from '../contract/tariff-assignments.ts';
import { createStationTariffs } from './station-tariffs.ts';
import { createStoredTariffs } from './stored-tariffs.ts';
import { createTariffAssignments } from './tariff-assignments.ts';
import { createTariffFinder, type TariffFinder } from './tariff-finder.ts';

export interface TariffsDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  /** Of the stations' domain. */
  readonly sites: SitesPort;
  readonly stations: StationsPort;
  /** Whom tariffs may be assigned to. */
  readonly accounts: Pick<AccountsPort, 'get' | 'getGroup'>;
}

export interface Tariffs {
  readonly stored: StoredTariffsPort;
  readonly assignments: TariffAssignmentsPort;
  /** What stations that show prices are told. */
  readonly forStations: Pick<StationTariffsPort, 'tariffOf'>;
  /** For the rest of billing. */
  readonly finder: TariffFinder;
}

/** Tariffs that are kept, who is charged by them, and which one holds. */
export function createTariffs(dependencies: TariffsDependencies): Tariffs {
  const finder = createTariffFinder(dependencies.knex);
  return {
    stored: createStoredTariffs(dependencies),
    assignments: createTariffAssignments(dependencies),
    forStations: createStationTariffs(finder, dependencies.clock),
    finder,
  };
}
