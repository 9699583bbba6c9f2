import type { TariffDeliveriesPort, TariffDeliveryView } from '@voltpile/billing/contract/tariff-deliveries';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';
const deliveryNotFound = defineError('tariff_delivery.not_found', 'NotFound', 'Station {stationId} is told no prices.');
const nothingToTell = defineError('tariff_delivery.nothing_to_tell', 'FailedPrecondition', 'There are no prices.');

/** Deliveries of prices in memory, for tests of the API: no rules, but scopes and errors as the contract promises them. */
export class FakeTariffDeliveries {
  readonly rows: TariffDeliveryView[] = [];
  /** What the port was called with last. */
  readonly seen: { filter?: object } = {};
  readonly port: TariffDeliveriesPort;
  readonly #place: { readonly organizationId: Uuid; readonly siteId: Uuid };

  constructor(organizationId: Uuid, siteId: Uuid) {
    this.#place = { organizationId, siteId };
    const sees = (scope: AccessScope): boolean =>
      scope.kind === 'everything' ||
      (scope.kind === 'organizations'
        ? scope.organizationIds.includes(organizationId)
        : scope.siteIds.includes(siteId));
    const find = (scope: AccessScope, stationId: string): TariffDeliveryView => {
      const found = sees(scope) ? this.rows.find((row) => row.stationId === stationId) : undefined;
      if (found === undefined) throw deliveryNotFound({ stationId });
      return found;
    };
    this.port = {
      list: async (scope, filter) => {
        this.seen.filter = filter;
        return { items: sees(scope) ? this.rows : [], nextCursor: null };
      },
      get: async (scope, stationId) => find(scope, stationId),
      sendAgain: async (scope, stationId) => {
        const row = find(scope, stationId);
        if (row.wantedDigest === null) throw nothingToTell();
        const wanted: TariffDeliveryView = { ...row, state: 'wanted', attempts: 0, nextTryAt: NOW };
        this.rows.splice(this.rows.indexOf(row), 1, wanted);
        return wanted;
      },
    };
  }

  add(stationId: string, state: TariffDeliveryView['state']): TariffDeliveryView {
    const wanted = state === 'unsupported' ? null : 'a1b2';
    const isConfirmed = state === 'confirmed';
    const row: TariffDeliveryView = {
      ...this.#place,
      stationId,
      state,
      wantedVersionId: wanted === null ? null : uuidv7(),
      wantedDigest: wanted,
      confirmedDigest: isConfirmed ? wanted : null,
      confirmedBy: isConfirmed ? 'command' : null,
      confirmedAt: isConfirmed ? NOW : null,
      commandId: null,
      sentAt: null,
      attempts: 0,
      nextTryAt: null,
      problem: isConfirmed ? null : 'the station is not connected',
      updatedAt: NOW,
    };
    this.rows.push(row);
    return row;
  }
}
