import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { ChargeReading, ReadingChange } from '../readings.ts';

/** A charge that has begun. */
export interface NewCharge {
  readonly transactionId: Uuid;
  readonly stationId: string;
  /** When it was told, by our clock. */
  readonly toldAt: string;
}

const charges = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('live_charges');

/** @param known what is known of them already, by their ids */
export async function addCharges(
  db: Knex,
  given: readonly NewCharge[],
  known: ReadonlyMap<Uuid, ChargeReading> = new Map(),
): Promise<void> {
  if (given.length === 0) return;
  const rows = given.map(({ transactionId, stationId, toldAt }) => {
    const reading = known.get(transactionId);
    return {
      transaction_id: transactionId,
      station_id: stationId,
      told_at: toldAt,
      meter_start_wh: reading?.meterStartWh ?? null,
      charging_state: reading?.chargingState ?? null,
      energy_wh: reading?.energyWh ?? null,
      cost_amount: reading?.cost?.amount ?? null,
      cost_currency: reading?.cost?.currency ?? null,
      last_event_id: '0',
    };
  });
  await charges(db).insert(rows).onConflict('transaction_id').ignore();
}

export async function removeCharges(db: Knex, transactionIds: readonly Uuid[]): Promise<void> {
  if (transactionIds.length === 0) return;
  await charges(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .delete();
}

export async function removeChargesOf(db: Knex, stationIds: readonly string[]): Promise<void> {
  if (stationIds.length === 0) return;
  await charges(db)
    .whereRaw('station_id = any(?::text[])', [[...stationIds]])
    .delete();
}

/** Writes what charges under way have told; of others it is passed over. */
export async function storeReadings(db: Knex, changes: readonly ReadingChange[]): Promise<void> {
  if (changes.length === 0) return;
  const sorted = [...changes].sort((one, other) => (one.transactionId < other.transactionId ? -1 : 1));
  const numbers = (of: (change: ReadingChange) => number | null | undefined) =>
    // The driver takes null in lists; knex's types do not know it.
    sorted.map((change) => of(change) ?? null) as number[];
  const texts = (of: (change: ReadingChange) => string | null | undefined) =>
    sorted.map((change) => of(change) ?? null) as string[];
  await db.raw(
    `update operations.live_charges c set
       meter_start_wh = coalesce(w.meter_start_wh, c.meter_start_wh),
       charging_state = coalesce(w.charging_state, c.charging_state),
       energy_wh = case when w.is_newer
         then coalesce(w.energy_wh, w.meter_wh - coalesce(w.meter_start_wh, c.meter_start_wh), c.energy_wh) else c.energy_wh end,
       power_w = case when w.is_newer then coalesce(w.power_w, c.power_w) else c.power_w end,
       soc_percent = case when w.is_newer then coalesce(w.soc_percent, c.soc_percent) else c.soc_percent end,
       metered_at = case when w.is_newer then w.metered_at else c.metered_at end,
       heard_at = greatest(w.heard_at, c.heard_at),
       cost_amount = coalesce(w.cost_amount, c.cost_amount),
       cost_currency = coalesce(w.cost_currency, c.cost_currency),
       last_event_id = w.event_id
     from (
       select told.*, told.metered_at is not null and told.metered_at >= coalesce(known.metered_at, '-infinity') as is_newer
       from unnest(?::uuid[], ?::bigint[], ?::float8[], ?::text[], ?::timestamptz[], ?::timestamptz[], ?::float8[], ?::float8[], ?::float8[], ?::float8[],
         ?::text[], ?::text[]) as told (id, event_id, meter_start_wh, charging_state, metered_at, heard_at, meter_wh, energy_wh, power_w, soc_percent, cost_amount,
         cost_currency)
       join operations.live_charges known on known.transaction_id = told.id
       order by told.id for update of known
     ) w
     where c.transaction_id = w.id and c.last_event_id < w.event_id`,
    [
      sorted.map(({ transactionId }) => transactionId),
      sorted.map(({ eventId }) => String(eventId)),
      numbers(({ meterStartWh }) => meterStartWh),
      texts(({ chargingState }) => chargingState),
      texts(({ metered }) => metered?.at),
      texts(({ metered }) => metered?.heardAt),
      numbers(({ metered }) => metered?.meterWh),
      numbers(({ metered }) => metered?.energyWh),
      numbers(({ metered }) => metered?.powerW),
      numbers(({ metered }) => metered?.socPercent),
      texts(({ cost }) => cost?.amount),
      texts(({ cost }) => cost?.currency),
    ],
  );
}

interface Row {
  readonly transaction_id: Uuid;
  readonly station_id: string;
  readonly meter_start_wh: number | null;
  readonly charging_state: string | null;
  readonly energy_wh: number | null;
  readonly power_w: number | null;
  readonly soc_percent: number | null;
  readonly metered_at: Date | null;
  readonly heard_at: Date | null;
  readonly cost_amount: string | null;
  readonly cost_currency: string | null;
}

/** What the charges of these stations have told, by their ids. */
export async function readingsOf(db: Knex, stationIds: readonly string[]): Promise<ReadonlyMap<Uuid, ChargeReading>> {
  if (stationIds.length === 0) return new Map();
  const rows: Row[] = await charges(db)
    .whereRaw('station_id = any(?::text[])', [[...stationIds]])
    .select('*');
  return new Map(rows.map((row) => [row.transaction_id, toReading(row)]));
}

function toReading(row: Row): ChargeReading {
  const { cost_amount: amount, cost_currency: currency } = row;
  return {
    transactionId: row.transaction_id,
    meterStartWh: row.meter_start_wh,
    chargingState: row.charging_state,
    energyWh: row.energy_wh,
    powerW: row.power_w,
    socPercent: row.soc_percent,
    meteredAt: row.metered_at?.toISOString() ?? null,
    heardAt: row.heard_at?.toISOString() ?? null,
    cost: amount === null || currency === null ? null : { amount, currency },
  };
}
