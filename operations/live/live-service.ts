import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { type Clock, instant, toIso } from '@voltpile/kernel/clock';
import { dayStart } from '@voltpile/kernel/day-start';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { LivePort } from '../contract/live.ts';
import { STALE_AFTER_MS, toLiveView } from './live-view.ts';
import { readingsOf } from './persistence/charges-repository.ts';
import { findStation, type LiveStation, listStations } from './persistence/live-repository.ts';
import { type DaySums, nothing, sumSessions, sumStations } from './persistence/roll-up-repository.ts';
import { SiteDirectory } from './site-directory.ts';

export const stationNotFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');

const LIST: KeysetList = { name: 'live-stations', isKey: (key) => key !== '' && !key.includes('\u0000') };
const NO_SESSIONS: DaySums = { sessions: 0, energyWh: 0, revenue: [] };

/** Shows what was told of stations. */
export function createLiveService(dependencies: {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly sites: Pick<SitesPort, 'listSites'>;
}): LivePort {
  const { knex, clock, sites } = dependencies;
  const directory = new SiteDirectory(sites, clock);
  const staleBefore = () => instant(clock.now() - STALE_AFTER_MS);

  const seen = (scope: AccessScope, site: { readonly id: Uuid; readonly organizationId: Uuid }): boolean => {
    if (scope.kind === 'everything') return true;
    return scope.kind === 'organizations'
      ? scope.organizationIds.includes(site.organizationId)
      : scope.siteIds.includes(site.id);
  };

  return {
    async stations(scope, filter, page) {
      const { limit, after } = readPageRequest(LIST, page);
      // No station is called so, and no parameter may hold it.
      if (filter.search?.includes('\u0000')) return { items: [], nextCursor: null };
      const [rows, readings] = await withDatabaseErrors(async () => {
        const found = await listStations(knex, scope, filter, after, limit + 1);
        return [found, await readingsOf(knex, idsOf(found))];
      });
      const now = clock.now();
      return makePage(
        LIST,
        rows,
        limit,
        ({ stationId }) => stationId,
        (row) => toLiveView(row, readings, now),
      );
    },

    async station(scope, id) {
      const row = id.includes('\u0000') ? undefined : await withDatabaseErrors(() => findStation(knex, scope, id));
      if (row === undefined) throw stationNotFound({ stationId: id });
      const readings = await withDatabaseErrors(() => readingsOf(knex, idsOf([row])));
      return toLiveView(row, readings, clock.now());
    },

    async sites(scope, page) {
      const { items, nextCursor } = await sites.listSites(scope, {}, page);
      const days = items.map(({ id, timeZone }) => ({ siteId: id, at: dayStart(clock.now(), timeZone) }));
      const ids = items.map(({ id }) => id);
      const [stations, sessions] = await withDatabaseErrors(() =>
        Promise.all([sumStations(knex, scope, ids, staleBefore()), sumSessions(knex, days, { bySite: true })]),
      );
      const rows = items.map(({ id, name, timeZone }, index) => ({
        siteId: id,
        name,
        timeZone,
        since: toIso((days[index] as (typeof days)[number]).at),
        ...(stations.get(id) ?? nothing()),
        today: sessions.get(id) ?? NO_SESSIONS,
      }));
      return { items: rows, nextCursor };
    },

    async fleet(scope) {
      const mine = [...(await directory.all()).values()].filter((site) => seen(scope, site));
      const days = mine.map(({ id, timeZone }) => ({ siteId: id, at: dayStart(clock.now(), timeZone) }));
      const [stations, sessions] = await withDatabaseErrors(() =>
        Promise.all([sumStations(knex, scope, null, staleBefore()), sumSessions(knex, days, { bySite: false })]),
      );
      return { ...(stations.get(null) ?? nothing()), today: sessions.get(null) ?? NO_SESSIONS };
    },
  };
}

/** Of those that charge. */
function idsOf(stations: readonly LiveStation[]): string[] {
  return stations.filter(({ picture }) => Object.keys(picture.charges).length > 0).map(({ stationId }) => stationId);
}
