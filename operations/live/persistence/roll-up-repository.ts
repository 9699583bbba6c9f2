import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import { LIVE_STATES, type LiveState, type RollUpView } from '../../contract/live.ts';

/** Of one site, as the tables have it. */
export type StationSums = Pick<RollUpView, 'stations' | 'evses' | 'charges' | 'powerW'>;
export type DaySums = RollUpView['today'];

const NOTHING: StationSums = {
  stations: { total: 0, online: 0, offline: 0, stale: 0 },
  evses: { total: 0, ...(Object.fromEntries(LIVE_STATES.map((state) => [state, 0])) as Record<LiveState, number>) },
  charges: 0,
  powerW: 0,
};

type SumRow = { readonly site_id: Uuid | null } & Readonly<Record<string, string | number | null>>;

/**
 * Sums over the stations of these sites, by site; null: over all of the scope together, under the key null.
 *
 * @param staleBefore a charge that has been silent since then is stale
 */
export async function sumStations(
  db: Knex,
  scope: AccessScope,
  siteIds: readonly Uuid[] | null,
  staleBefore: Instant,
): Promise<ReadonlyMap<Uuid | null, StationSums>> {
  const stations = () =>
    db
      .withSchema('operations')
      .from('live_stations')
      .modify(withinScope(scope))
      .modify((query: Knex.QueryBuilder) => {
        if (siteIds === null) query.select(db.raw('null::uuid as site_id'));
        else
          query
            .select('site_id')
            .whereRaw('site_id = any(?::uuid[])', [[...siteIds]])
            .groupBy('site_id');
      });
  const states: SumRow[] = await stations().select(
    db.raw('count(*) as total'),
    db.raw('count(*) filter (where is_online) as online'),
    ...LIVE_STATES.map((state) => db.raw(`coalesce(sum(${state}), 0) as ${state}`)),
  );
  const charges: SumRow[] = await stations()
    .joinRaw('join operations.live_charges using (station_id)')
    .select(
      db.raw('count(*) as charges'),
      db.raw('coalesce(sum(power_w) filter (where is_online), 0) as power_w'),
      db.raw(
        `count(distinct station_id) filter (where is_online and coalesce(heard_at, told_at) < ?::timestamptz) as stale`,
        [toIso(staleBefore)],
      ),
    );
  const ofSites = new Map(charges.map((row) => [row.site_id, row]));
  return new Map(states.map((row) => [row.site_id, toSums({ ...row, ...ofSites.get(row.site_id) })]));
}

export function nothing(): StationSums {
  return NOTHING;
}

/**
 * Sums over the charges that have ended since these times, by site, or over all of them together under the key null.
 *
 * @param since of each site
 */
export async function sumSessions(
  db: Knex,
  since: readonly { readonly siteId: Uuid; readonly at: Instant }[],
  { bySite }: { readonly bySite: boolean },
): Promise<ReadonlyMap<Uuid | null, DaySums>> {
  if (since.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: SessionRow[] }>(
    `select ${bySite ? 's.site_id' : 'null::uuid'} as site_id, s.cost_currency as currency, count(*) as sessions,
       coalesce(sum(s.energy_wh), 0) as energy_wh, sum(s.cost_amount) as amount
     from unnest(?::uuid[], ?::timestamptz[]) as day (site_id, at)
     join operations.sessions s on s.site_id = day.site_id and s.ended_at >= day.at
     group by 1, 2 order by 2`,
    [since.map(({ siteId }) => siteId), since.map(({ at }) => toIso(at))],
  );
  const sums = new Map<Uuid | null, DaySums>();
  for (const { site_id: siteId, currency, sessions, energy_wh: energyWh, amount } of rows) {
    const before = sums.get(siteId);
    const revenue = currency === null || amount === null ? [] : [{ amount, currency }];
    sums.set(siteId, {
      sessions: (before?.sessions ?? 0) + Number(sessions),
      energyWh: (before?.energyWh ?? 0) + Number(energyWh),
      revenue: [...(before?.revenue ?? []), ...revenue],
    });
  }
  return sums;
}

interface SessionRow {
  readonly site_id: Uuid | null;
  /** null: not priced, or not yet. */
  readonly currency: string | null;
  readonly sessions: string;
  readonly energy_wh: string;
  readonly amount: string | null;
}

function toSums(row: SumRow): StationSums {
  const number = (name: string): number => Number(row[name] ?? 0);
  const [total, online] = [number('total'), number('online')];
  const states = Object.fromEntries(LIVE_STATES.map((state) => [state, number(state)])) as Record<LiveState, number>;
  return {
    stations: { total, online, offline: total - online, stale: number('stale') },
    evses: { total: Object.values(states).reduce((sum, each) => sum + each, 0), ...states },
    charges: number('charges'),
    powerW: number('power_w'),
  };
}
