import type { Instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { findDeliveries, insertDeliveries, lockDeliveries, updateDeliveries } from './deliveries-repository.ts';
import type { Delivery, Wanted } from './delivery.ts';
import { newDelivery, wantOther } from './delivery-rules.ts';

/**
 * Changes a delivery by a rule, on the locked row.
 *
 * @param change gives back the delivery itself when nothing changes
 * @returns how it is then; undefined: nothing is delivered to this station
 */
export function changeDelivery(
  knex: Knex,
  stationId: string,
  at: Instant,
  change: (delivery: Delivery) => Delivery,
): Promise<Delivery | undefined> {
  return withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      const known = (await lockDeliveries(trx, [stationId])).get(stationId);
      if (known === undefined) return undefined;
      const changed = change(known);
      if (changed !== known) await updateDeliveries(trx, [changed], at);
      return changed;
    }),
  );
}

/**
 * Notes what stations should be told. Where that is known already, nothing is written.
 *
 * @returns their deliveries as they are then
 */
export function noteWanted(knex: Knex, wanted: readonly Wanted[], at: Instant): Promise<ReadonlyMap<string, Delivery>> {
  return withDatabaseErrors(async () => {
    const known = await findDeliveries(
      knex,
      wanted.map(({ stationId }) => stationId),
    );
    const others = wanted.filter((each) => isOther(known.get(each.stationId), each));
    if (others.length === 0) return known;
    const changed = await knex.transaction(async (trx) => {
      // In one order, since each locks its rows.
      const added = others.filter(({ stationId }) => !known.has(stationId)).sort(byStation);
      await insertDeliveries(trx, added.map(newDelivery), at);
      const locked = await lockDeliveries(
        trx,
        others.map(({ stationId }) => stationId),
      );
      const result = others.flatMap((each) => {
        const delivery = locked.get(each.stationId);
        return delivery === undefined || !isOther(delivery, each) ? [] : [wantOther(delivery, each, at)];
      });
      await updateDeliveries(trx, result, at);
      return new Map([...locked, ...result.map((each) => [each.stationId, each] as const)]);
    });
    return new Map([...known, ...changed]);
  });
}

function isOther(delivery: Delivery | undefined, wanted: Wanted): boolean {
  return (
    delivery === undefined ||
    delivery.organizationId !== wanted.organizationId ||
    delivery.siteId !== wanted.siteId ||
    delivery.wantedVersionId !== wanted.versionId ||
    delivery.wantedDigest !== wanted.digest ||
    (wanted.digest === null && delivery.problem !== wanted.problem)
  );
}

function byStation(one: Wanted, other: Wanted): number {
  return one.stationId < other.stationId ? -1 : 1;
}
