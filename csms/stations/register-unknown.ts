import { uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { Credentials, RegistrationStatus } from '../contract/station-port.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { countPendingStations, insertStation } from '../persistence/stations-repository.ts';
import { siteForNew } from '../sites/sites-service.ts';

/** What happens to stations that nobody has registered. */
export interface OnboardingSettings {
  readonly onboarding: 'pending' | 'accept' | 'reject';
  /** Unknown stations that may wait for an operator's word at once; more are turned away. */
  readonly maxPendingStations: number;
  /** The same of those that came from one address, so that no single stranger takes all places. */
  readonly maxPendingPerAddress: number;
}

/**
 * Writes down a station that nobody has registered, at the default site and without a key: a password that a stranger presents proves
 * nothing and is not adopted.
 *
 * @returns false when there is no room for more strangers, or none for more from that address
 */
export async function registerUnknown(
  dependencies: { readonly knex: Knex; readonly logger: Logger; readonly settings: OnboardingSettings },
  credentials: Credentials,
): Promise<boolean> {
  const { knex, logger, settings } = dependencies;
  const { identity, remoteAddress, protocol } = credentials;
  const registrationStatus: RegistrationStatus = settings.onboarding === 'accept' ? 'Accepted' : 'Pending';
  const outcome = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      if (registrationStatus === 'Pending') {
        const { maxPendingStations, maxPendingPerAddress } = settings;
        const { all, fromAddress } = await countPendingStations(trx, maxPendingStations, remoteAddress);
        if (all >= maxPendingStations || fromAddress >= maxPendingPerAddress) return 'full';
      }
      const site = await siteForNew(trx, EVERYTHING, undefined);
      const made = await insertStation(trx, {
        station: uuidv7(),
        identity,
        organizationId: site.organizationId,
        siteId: site.id,
        registrationStatus,
        keyHash: null,
        heartbeatIntervalSeconds: null,
        lenient: false,
        defaultProtocol: null,
        ratedPowerW: null,
      });
      if (!made) return 'known';
      await insertEvents(trx, [
        {
          type: 'station.registered',
          organizationId: site.organizationId,
          siteId: site.id,
          stationId: identity,
          data: { registrationStatus, registeredBy: 'station', protocol, remoteAddress },
        },
      ]);
      return 'made';
    }),
  );
  if (outcome === 'full') {
    logger.warn(
      {
        stationId: identity,
        remoteAddress,
        limit: settings.maxPendingStations,
        perAddress: settings.maxPendingPerAddress,
      },
      'an unknown station was turned away: too many stations wait for approval, in all or from its address',
    );
  } else if (outcome === 'made') {
    logger.info({ stationId: identity, remoteAddress, registrationStatus }, 'an unknown station was registered');
  }
  return outcome !== 'full';
}
