import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import type { LivePort, LiveStationView, RollUpView, SiteRollUpView } from '@voltpile/operations/contract/live';

const stationNotFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');

const NO_EVSES = {
  total: 0,
  offline: 0,
  faulted: 0,
  charging: 0,
  occupied: 0,
  reserved: 0,
  available: 0,
  unavailable: 0,
  unknown: 0,
};

/** Pictures of stations in memory, for tests of the API: scopes and errors as the contract promises them. */
export class FakeLive {
  readonly rows: LiveStationView[] = [];
  readonly sites: SiteRollUpView[] = [];
  /** What the list was asked for last. */
  seenFilter: object | undefined;

  readonly port: LivePort = {
    stations: async (scope, filter) => {
      this.seenFilter = filter;
      return { items: this.#seen(scope), nextCursor: null };
    },
    station: async (scope, id) => {
      const found = this.#seen(scope).find((row) => row.id === id);
      if (found === undefined) throw stationNotFound({ stationId: id });
      return found;
    },
    sites: async () => ({ items: this.sites, nextCursor: null }),
    fleet: async (scope) => this.#fleet(scope),
  };

  #seen(scope: AccessScope): LiveStationView[] {
    return this.rows.filter(({ organizationId, siteId }) => {
      if (scope.kind === 'everything') return true;
      return scope.kind === 'organizations'
        ? scope.organizationIds.includes(organizationId)
        : scope.siteIds.includes(siteId);
    });
  }

  #fleet(scope: AccessScope): RollUpView {
    const total = this.#seen(scope).length;
    return {
      stations: { total, online: total, offline: 0, stale: 0 },
      evses: NO_EVSES,
      charges: 0,
      powerW: 0,
      today: { sessions: 0, energyWh: 0, revenue: [{ amount: '0.00', currency: 'EUR' }] },
    };
  }
}
