import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { MessageOrigin, TariffTakenReport } from '../contract/station-port.ts';
import type { StationTariff, StationTariffsPort } from '../contract/station-tariff.ts';
import { findPlace } from '../persistence/stations-repository.ts';

/** A pile that waits for its prices does not charge; what it was told before is better than nothing. */
const PATIENCE_MS = 3000;

export interface StationTariffDependencies {
  readonly knex: Knex;
  readonly logger: Logger;
  readonly tariffs: StationTariffsPort | undefined;
}

/**
 * A station asks for its prices.
 *
 * @returns null when none are known, or whoever knows them does not answer
 */
export async function stationTariff(
  dependencies: StationTariffDependencies,
  { station }: MessageOrigin,
): Promise<StationTariff | null> {
  const { knex, logger, tariffs } = dependencies;
  if (tariffs === undefined) return null;
  const place = await withDatabaseErrors(() => findPlace(knex, station));
  if (place === undefined) return null;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([tariffs.tariffOf(place), late]);
  } catch (err) {
    logger.warn({ err, stationId: place.stationId }, 'the prices of a station could not be asked for');
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Passes on which prices a station has. A station does not wait for this, and charges whether or not it can be noted. */
export async function stationTariffTaken(
  dependencies: StationTariffDependencies,
  { origin: { station }, tariff }: TariffTakenReport,
): Promise<void> {
  const { knex, logger, tariffs } = dependencies;
  try {
    const place = await withDatabaseErrors(() => findPlace(knex, station));
    if (place !== undefined) await tariffs?.taken(place, tariff);
  } catch (err) {
    logger.warn({ err, station }, 'it could not be noted which prices a station has');
  }
}
