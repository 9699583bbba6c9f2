import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { TariffDeliveriesPort, TariffDeliveryView } from '../../contract/tariff-deliveries.ts';
import { changeDelivery, noteWanted } from './change-deliveries.ts';
import { TELL_PRICES } from './command-end.ts';
import type { DeliveryDependencies } from './deliver-tariff.ts';
import { findDeliveryView, listDeliveryViews } from './deliveries-repository.ts';
import { again } from './delivery-rules.ts';
import { wantedTariffs } from './wanted-tariffs.ts';

export const deliveryNotFound = defineError(
  'tariff_delivery.not_found',
  'NotFound',
  'Station {stationId} is told no prices: it cannot be, or nobody has looked at it yet.',
);
export const nothingToTell = defineError(
  'tariff_delivery.nothing_to_tell',
  'FailedPrecondition',
  'Station {stationId} can be told no prices: {problem}.',
);

const LIST: KeysetList = {
  name: 'tariff-deliveries',
  isKey: (key) => key.length > 0 && key.length <= 255 && !key.includes('\u0000'),
};

/**
 * Deliveries, for people.
 *
 * @param onChange there is something to tell
 */
export function createTariffDeliveries(dependencies: DeliveryDependencies, onChange: () => void): TariffDeliveriesPort {
  const { knex, clock, ports } = dependencies;
  const view = async (scope: AccessScope, stationId: string): Promise<TariffDeliveryView> => {
    const found = await withDatabaseErrors(() => findDeliveryView(knex, scope, stationId));
    if (found === undefined) throw deliveryNotFound({ stationId });
    return found;
  };
  return {
    async list(scope, filter, page) {
      const { limit, after } = readPageRequest(LIST, page);
      const views = await withDatabaseErrors(() => listDeliveryViews(knex, scope, filter, after, limit + 1));
      return makePage(
        LIST,
        views,
        limit,
        ({ stationId }) => stationId,
        (one) => one,
      );
    },

    async get(scope, stationId) {
      const station = await ports.stations.get(scope, stationId);
      return view(scope, station.id);
    },

    async sendAgain(scope, id) {
      const { id: stationId, organizationId, siteId, capabilities } = await ports.stations.get(scope, id);
      if (!capabilities.includes(TELL_PRICES)) throw deliveryNotFound({ stationId });
      const wanted = await wantedTariffs(dependencies, [{ stationId, organizationId, siteId }]);
      const now = clock.now();
      await noteWanted(knex, wanted, now);
      const { problem = null, digest = null } = wanted[0] ?? {};
      if (digest === null) throw nothingToTell({ stationId, problem: problem ?? 'none is known' });
      await changeDelivery(knex, stationId, now, (one) => again(one, now));
      onChange();
      return view(scope, stationId);
    },
  };
}
