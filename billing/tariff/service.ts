import type { SitesPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { StoredTariffsPort } from '../contract/stored-tariffs.ts';
import type { TariffAssignmentsPort } from '../contract/tariff-assignments.ts';
import { createStoredTariffs } from './stored-tariffs.ts';
import { createTariffAssignments } from './tariff-assignments.ts';
import { createTariffFinder, type TariffFinder } from './tariff-finder.ts';

export interface TariffsDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  /** Of the stations' domain. */
  readonly sites: SitesPort;
  readonly stations: StationsPort;
}

export interface Tariffs {
  readonly stored: StoredTariffsPort;
  readonly assignments: TariffAssignmentsPort;
  /** For the rest of billing. */
  readonly finder: TariffFinder;
}

/** Tariffs that are kept, who is charged by them, and which one holds. */
export function createTariffs(dependencies: TariffsDependencies): Tariffs {
  return {
    stored: createStoredTariffs(dependencies),
    assignments: createTariffAssignments(dependencies),
    finder: createTariffFinder(dependencies.knex),
  };
}
