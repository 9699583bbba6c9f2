import type { SitesPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { StoredTariffsPort } from './contract/stored-tariffs.ts';
import type { TariffAssignmentsPort } from './contract/tariff-assignments.ts';
import type { TariffsPort } from './contract/tariff-preview.ts';
import { priceSession } from './rating/price-session.ts';
import { toOcpiForm } from './tariff/ocpi-form.ts';
import { createTariffs } from './tariff/service.ts';

export interface BillingDependencies {
  readonly database: Database;
  readonly clock: Clock;
  /** Of the stations' domain. */
  readonly ports: { readonly sites: SitesPort; readonly stations: StationsPort };
}

export interface Billing {
  readonly tariffs: TariffsPort;
  readonly storedTariffs: StoredTariffsPort;
  readonly tariffAssignments: TariffAssignmentsPort;
  readonly stationTariffs: StationTariffsPort;
}

/** What things cost: tariffs, who is charged by them, and what a session comes to. */
export function createBilling({ database, clock, ports }: BillingDependencies): Billing {
  const tariffs = createTariffs({ knex: database.knex, clock, ...ports });
  return {
    tariffs: { preview: async (tariff, session) => priceSession(toOcpiForm(tariff), session) },
    storedTariffs: tariffs.stored,
    tariffAssignments: tariffs.assignments,
    stationTariffs: tariffs.forStations,
  };
}
