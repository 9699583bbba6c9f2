import assert from 'node:assert/strict';
import type { SentSample } from './charge-words.ts';
import type { ChargedServer } from './charged-server.ts';
import type { LedgerEntry } from './charging-loop.ts';

interface StoredTransaction {
  readonly id: string;
  readonly station_id: string;
  readonly station_transaction_id: string;
  readonly status: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly meter_start_mwh: string;
  readonly meter_stop_mwh: string | null;
  readonly metered_mwh: string | null;
  readonly end_estimated: boolean;
  readonly flags: string[];
}

interface StoredSamples {
  readonly owner_id: string;
  readonly at: string;
  readonly sample: string;
}

/**
 * Between processes a sample that nothing acknowledges may be stored behind the end of its charge: it was sent before, to a process that had it in hand
 * when another one took the end. It is kept, and flagged as late; nothing else may be.
 */
function flagsOf({ flags }: StoredTransaction, { told }: LedgerEntry, { isCluster }: ChargedServer): string[] {
  return isCluster === true && told !== undefined ? flags.filter((flag) => flag !== 'sample-late') : flags;
}

interface EventCount {
  readonly type: string;
  readonly transaction_id: string;
  readonly count: string;
}

/**
 * Compares what the stations know to be acknowledged with the rows in the database: each start, sample and stop is there exactly once,
 * with its values, and nothing else is. All loops must have finished, so that nothing is in doubt.
 *
 * @param fleets what the identities of these stations, and no others, begin with
 */
export async function assertStoredExactlyOnce(
  server: ChargedServer,
  fleets: readonly string[],
  ledger: readonly LedgerEntry[],
): Promise<void> {
  const identities = fleets.map((fleet) => `${fleet}%`);
  const stored = await server.query<StoredTransaction>(
    `select t.id, s.identity as station_id, t.station_transaction_id, t.status, t.started_at, t.ended_at, t.meter_start_mwh,
       t.meter_stop_mwh, t.metered_mwh, t.end_estimated, t.flags
     from csms.transactions t join csms.stations s on s.id = t.station_id where s.identity like any ($1)`,
    [identities],
  );
  const key = (stationId: string, transactionId: string) => `${stationId}/${transactionId}`;
  const entries = new Map(ledger.map((entry) => [key(entry.stationId, entry.transactionId), entry]));
  assert.equal(entries.size, ledger.length, 'a transaction number was given out twice');
  const rows = new Map(stored.map((row) => [key(row.station_id, row.station_transaction_id), row]));
  assert.deepEqual([...rows.keys()].sort(), [...entries.keys()].sort(), 'transactions stored and acknowledged');
  assert.equal(stored.length, ledger.length);

  for (const [name, entry] of entries) {
    const row = rows.get(name) as StoredTransaction;
    const start = milliWhOf(entry.meterStart);
    const stop = entry.stop === undefined ? null : milliWhOf(entry.stop.meterStop);
    assert.deepEqual(
      {
        startedAt: row.started_at.toISOString(),
        endedAt: row.ended_at?.toISOString(),
        meterStart: row.meter_start_mwh,
        meterStop: row.meter_stop_mwh,
        metered: row.metered_mwh,
        status: row.status,
        estimated: row.end_estimated,
        flags: flagsOf(row, entry, server).toSorted(),
      },
      {
        startedAt: entry.startedAt,
        endedAt: entry.stop?.endedAt,
        meterStart: String(start),
        meterStop: stop === null ? null : String(stop),
        metered: stop === null ? null : String(stop - start),
        status: entry.stop === undefined ? 'active' : 'ended',
        estimated: false,
        flags: (entry.flags ?? []).toSorted(),
      },
      name,
    );
  }

  const samples = await server.query<StoredSamples>(
    `select s.owner_id, to_char(s.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
       concat_ws('|', k.measurand, coalesce(k.phase, ''), k.unit, trim_scale(s.value)) as sample
     from csms.samples s join csms.sample_kinds k on k.id = s.kind_id
     where s.owner_id in (
       select t.id from csms.transactions t join csms.stations x on x.id = t.station_id where x.identity like any ($1)
       union all
       select e.id from csms.evses e join csms.stations x on x.id = e.station_id where x.identity like any ($1))`,
    [identities],
  );
  const found = Map.groupBy(samples, ({ owner_id }) => owner_id);
  let compared = 0;
  for (const [name, entry] of entries) {
    const stored = found.get((rows.get(name) as StoredTransaction).id) ?? [];
    compareSamples(name, entry, stored);
    compared += stored.length;
  }
  assert.equal(samples.length, compared, 'samples outside the transactions');
  assert.deepEqual(await server.query('select * from csms.sample_conflicts'), []);

  const events = await server.query<EventCount>(
    `select type, data->>'transactionId' as transaction_id, count(*) from csms.outbox
     where type in ('transaction.started', 'transaction.ended') and station_id like any ($1) group by type, data->>'transactionId'`,
    [identities],
  );
  assert.deepEqual(
    events.filter(({ count }) => count !== '1'),
    [],
    'an event was told twice',
  );
  const told = (type: string) => events.filter((event) => event.type === type).length;
  assert.equal(told('transaction.started'), ledger.length);
  assert.equal(told('transaction.ended'), ledger.filter(({ stop }) => stop !== undefined).length);
}

/** Registers have at most one decimal, so that rounding finds the exact number. */
function milliWhOf(wattHours: number): number {
  return Math.round(wattHours * 1000);
}

function textOf({ measurand, phase, unit, value }: SentSample): string {
  return `${measurand}|${phase ?? ''}|${unit}|${value.includes('.') ? value.replace(/\.?0+$/, '') : value}`;
}

/** Acknowledged samples are there, each at its time; then what was told, at whatever time; then at most what may have been told. */
function compareSamples(name: string, { samples, told }: LedgerEntry, stored: readonly StoredSamples[]): void {
  const left = new Map<string, number>();
  const add = (text: string, count: number) => left.set(text, (left.get(text) ?? 0) + count);
  const acknowledged = new Set(samples.map((sample) => `${sample.timestamp}|${textOf(sample)}`));
  const others: string[] = [];
  let known = 0;
  for (const { at, sample } of stored) {
    if (acknowledged.has(`${at}|${sample}`)) known += 1;
    else others.push(sample);
  }
  assert.equal(acknowledged.size, samples.length);
  assert.equal(known, samples.length, `${known} of the ${samples.length} samples of ${name} are stored`);
  for (const text of others) add(text, 1);
  for (const sample of told?.certain ?? []) add(textOf(sample), -1);
  const missing = [...left].filter(([, count]) => count < 0);
  assert.deepEqual(missing, [], `samples of ${name} that were told and are not stored`);
  for (const sample of told?.possible ?? []) add(textOf(sample), -1);
  const surplus = [...left].filter(([, count]) => count > 0);
  assert.deepEqual(surplus, [], `samples of ${name} that were not sent, or are stored twice`);
}
