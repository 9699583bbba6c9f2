import assert from 'node:assert/strict';
import type { LedgerEntry } from './charging-loop.ts';
import type { ServerUnderTest } from './server-process.ts';

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
  readonly sample: string;
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
 * @param fleet what the identities of these stations, and no others, begin with
 */
export async function assertStoredExactlyOnce(
  server: ServerUnderTest,
  fleet: string,
  ledger: readonly LedgerEntry[],
): Promise<void> {
  const identities = `${fleet}%`;
  const stored = await server.query<StoredTransaction>(
    `select t.id, s.identity as station_id, t.station_transaction_id, t.status, t.started_at, t.ended_at, t.meter_start_mwh,
       t.meter_stop_mwh, t.metered_mwh, t.end_estimated, t.flags
     from csms.transactions t join csms.stations s on s.id = t.station_id where s.identity like $1`,
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
    const milliWh = entry.stop === undefined ? null : `${(entry.stop.meterStop - entry.meterStart) * 1000}`;
    assert.deepEqual(
      {
        startedAt: row.started_at.toISOString(),
        endedAt: row.ended_at?.toISOString(),
        meterStart: row.meter_start_mwh,
        meterStop: row.meter_stop_mwh,
        metered: row.metered_mwh,
        status: row.status,
        estimated: row.end_estimated,
        flags: row.flags,
      },
      {
        startedAt: entry.startedAt,
        endedAt: entry.stop?.endedAt,
        meterStart: `${entry.meterStart * 1000}`,
        meterStop: entry.stop === undefined ? null : `${entry.stop.meterStop * 1000}`,
        metered: milliWh,
        status: entry.stop === undefined ? 'active' : 'ended',
        estimated: false,
        flags: [],
      },
      name,
    );
  }

  const samples = await server.query<StoredSamples>(
    `select s.owner_id, concat_ws('|', to_char(s.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), k.measurand,
       coalesce(k.phase, ''), k.unit, trim_scale(s.value)) as sample
     from csms.samples s join csms.sample_kinds k on k.id = s.kind_id
     where s.owner_id in (
       select t.id from csms.transactions t join csms.stations x on x.id = t.station_id where x.identity like $1
       union all
       select e.id from csms.evses e join csms.stations x on x.id = e.station_id where x.identity like $1)`,
    [identities],
  );
  const found = new Map<string, string[]>();
  for (const { owner_id, sample } of samples) {
    const list = found.get(owner_id);
    if (list === undefined) found.set(owner_id, [sample]);
    else list.push(sample);
  }
  for (const [name, entry] of entries) {
    const expected = entry.samples.map(
      ({ timestamp, measurand, phase, unit, value }) =>
        `${timestamp}|${measurand}|${phase ?? ''}|${unit}|${value.includes('.') ? value.replace(/\.?0+$/, '') : value}`,
    );
    const id = (rows.get(name) as StoredTransaction).id;
    assert.deepEqual((found.get(id) ?? []).sort(), expected.sort(), `samples of ${name}`);
  }
  const expectedSamples = ledger.reduce((sum, entry) => sum + entry.samples.length, 0);
  assert.equal(samples.length, expectedSamples, 'samples outside the transactions');
  assert.deepEqual(await server.query('select * from csms.sample_conflicts'), []);

  const events = await server.query<EventCount>(
    `select type, data->>'transactionId' as transaction_id, count(*) from csms.outbox
     where type in ('transaction.started', 'transaction.ended') and station_id like $1 group by type, data->>'transactionId'`,
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
