import type { RegisterReading } from '../transactions/energy.ts';
import { IS_ENERGY_KIND } from './billing-register.ts';

const IS_ENERGY = `s.value between 0 and 1000000000000 and ${IS_ENERGY_KIND}`;

/**
 * A query of one row with all readings of a transaction's billing register as one text, `epoch ms:mWh,…`, among them those that count from the
 * start of the charge, `epoch ms~mWh`: cheaper to carry than a row each. Values that contradict a stored sample are readings, too: which of them
 * came first must not decide.
 *
 * @param transaction the name in the query of something with the transaction's `id` and `partition_at`
 */
export function energyReadingsOf(transaction: string): string {
  return `select string_agg(
      (extract(epoch from coalesce(r.effective_at, r.occurred_at)) * 1000)::bigint
        || case r.basis when 'session' then '~' else ':' end || trunc(r.value * 1000), ',') as registers
    from (select s.occurred_at, s.effective_at, s.value, k.basis from csms.samples s
        join csms.sample_kinds k on k.id = s.kind_id
        where s.owner_id = ${transaction}.id and s.partition_at = ${transaction}.partition_at and ${IS_ENERGY}
      union all
      select s.occurred_at, s.effective_at, s.value, k.basis from csms.sample_conflicts s
        join csms.sample_kinds k on k.id = s.kind_id
        where s.owner_id = ${transaction}.id and ${IS_ENERGY}) r`;
}

/** Readings of a transaction, in any order. */
export interface EnergyReadings {
  /** Of the billing register. */
  readonly registers: RegisterReading[];
  /** Of the energy since the start of the charge. */
  readonly sessions: RegisterReading[];
}

/** Takes apart what {@link energyReadingsOf} has put together. */
export function energyReadingsFrom(text: string | null): EnergyReadings {
  const registers: RegisterReading[] = [];
  const sessions: RegisterReading[] = [];
  for (const reading of text === null ? [] : text.split(',')) {
    const colon = reading.indexOf(':');
    const end = colon === -1 ? reading.indexOf('~') : colon;
    const read = { at: Number(reading.slice(0, end)), milliWh: BigInt(reading.slice(end + 1)) };
    (colon === -1 ? sessions : registers).push(read);
  }
  return { registers, sessions };
}
