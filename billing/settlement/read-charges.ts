import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { Instant } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import { curvesOf, type PricingSources } from './price-facts.ts';
import {
  type EndedCharge,
  newsOf,
  noteOthers,
  type SeenNews,
  type SettlementRow,
  seenNews,
} from './settlements-repository.ts';

/** A charge as it was told by a moment that its rows tell: what is not in the news comes later. */
export interface ReadCharge {
  readonly curves: readonly ChargingCurve[];
  readonly news: SeenNews;
}

/**
 * Reads charges so that whatever is told of them from now on can be noticed: what was told so far is always asked first. Others that feed the same
 * vehicle are found by the curves only; they are noted where they were not, and read once more.
 *
 * @param rows as they were before this
 * @returns in the order of the rows
 */
export async function readCharges(
  knex: Knex,
  sources: Pick<PricingSources, 'curves'>,
  rows: readonly Pick<SettlementRow, 'transaction_id' | 'news' | 'is_touched'>[],
  at: Instant,
): Promise<ReadCharge[]> {
  const ids = rows.map((row) => row.transaction_id);
  const news = seenNews(rows);
  const read = await curvesOf(sources.curves, ids);
  const grouped = ids.filter((_, index) => (read[index]?.length ?? 0) > 1);
  if (grouped.length === 0) return read.map((curves) => ({ curves, news }));
  const members = read.filter((curves) => curves.length > 1).flat();
  await noteOthers(knex, members.map(chargeOf), at);
  const newsOfGroups = await newsOf(
    knex,
    members.map(({ transaction }) => transaction.id),
  );
  const again = await curvesOf(sources.curves, grouped);
  return ids.map((id, index) => {
    const place = grouped.indexOf(id);
    return place < 0 ? { curves: read[index] ?? [], news } : { curves: again[place] ?? [], news: newsOfGroups };
  });
}

function chargeOf({ transaction }: ChargingCurve): EndedCharge {
  const { id: transactionId, organizationId, siteId, stationId } = transaction;
  return { transactionId, organizationId, siteId, stationId };
}
