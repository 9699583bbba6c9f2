import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { TransactionDecision } from '../contract/station-port.ts';
import {
  createTransactionsBench,
  originOf,
  registers,
  reportOf,
  type TransactionsBench,
} from '../testing/transactions-bench.ts';

const T = (minutes: number): string => new Date(Date.parse('2026-03-01T12:00:00Z') + minutes * 60_000).toISOString();
const at = (minutes: number) => instant(Date.parse(T(minutes)));

describe('transactions', () => {
  let bench: TransactionsBench;
  let station: string;
  let counter = 0;
  let token: string;

  before(async () => {
    bench = await createTransactionsBench();
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    station = await bench.addStation();
    token = `CARD-${++counter}`;
    await bench.addToken(token);
  });

  const start = (minute: number, more: Parameters<typeof reportOf>[2] = {}): Promise<TransactionDecision> =>
    bench.service.transactionStarted(
      reportOf(station, T(minute), { token, evse: { evseId: 1, connectorId: 1 }, meterWh: '1000', ...more }),
    );
  const stop = (number: string | null, minute: number, meterWh: string, more: Parameters<typeof reportOf>[2] = {}) =>
    bench.service.transactionEnded(
      reportOf(station, T(minute), { stationTransactionId: number ?? '', meterWh, stopReason: 'Local', ...more }),
    );
  const meter = (number: string | undefined, readings: ReturnType<typeof registers>, minute: number, evseId = 1) =>
    bench.service.metered({
      origin: originOf(station, at(minute)),
      evseId,
      ...(number === undefined ? {} : { stationTransactionId: number }),
      readings,
    });
  const view = (id: string | null) => bench.service.transactions.get(EVERYTHING, id as string);
  const samplesOf = async (id: string | null) =>
    (await bench.service.transactions.meterValues(EVERYTHING, id as string, {}, { limit: 100 })).items;
  const count = async (sql: string, ...values: unknown[]): Promise<number> =>
    Number((await bench.database.pool.query(`select count(*) from ${sql}`, values)).rows[0].count);

  it('runs from a card to a bill', async () => {
    const info = await bench.service.authorize({
      origin: originOf(station, at(0)),
      idToken: { value: token.toLowerCase() },
    });
    assert.equal(info.status, 'Accepted');
    const { transactionId, stationTransactionId, idTokenInfo } = await start(1);
    assert.equal(idTokenInfo?.status, 'Accepted');
    assert.ok(Number(stationTransactionId) > 0);
    await meter(stationTransactionId as string, registers([T(11), 2000], [T(21), 3500.5]), 21);
    const running = await view(transactionId);
    assert.equal(running.status, 'active');
    assert.equal(running.energyWh, 2500.5);
    assert.deepEqual(await stop(stationTransactionId, 31, '4001'), { transactionId, stationTransactionId });
    const ended = await view(transactionId);
    assert.deepEqual(
      [
        ended.status,
        ended.energyWh,
        ended.billableEnergyWh,
        ended.meterStartWh,
        ended.meterStopWh,
        ended.flags,
        ended.holds,
      ],
      ['ended', 3001, 3001, 1000, 4001, [], []],
    );
    assert.deepEqual([ended.startedAt, ended.endedAt, ended.authorizedAt], [T(1), T(31), T(0)]);
    assert.deepEqual([ended.energyStartedAt, ended.energyEndedAt, ended.timeZone], [T(1), T(31), 'Europe/Berlin']);
    assert.deepEqual(
      (await samplesOf(transactionId)).map((sample) => [sample.timestamp, sample.value, sample.unit]),
      [
        [T(11), 2000, 'Wh'],
        [T(21), 3500.5, 'Wh'],
      ],
    );
    assert.equal(await count('csms.raw_messages where transaction_id = $1', transactionId), 3);
    assert.equal(await count(`csms.start_intents where transaction_id = $1 and status = 'started'`, transactionId), 1);
    const { rows } = await bench.database.pool.query(
      'select type from csms.outbox where station_id = (select identity from csms.stations where id = $1) order by id',
      [station],
    );
    assert.deepEqual(
      rows.map((row) => row.type),
      ['id-token.authorized', 'transaction.started', 'transaction.metered', 'transaction.ended'],
    );
  });

  it('answers a repeated start with the same number and status, and stores it once', async () => {
    const first = await start(0);
    assert.deepEqual(await start(0), first);
    assert.equal(await count('csms.transactions where station_id = $1', station), 1);
    assert.equal(await count('csms.raw_messages where station_id = $1', station), 2);
  });

  it('takes a start that repeats an ended one for a new transaction, flagged', async () => {
    const first = await start(0);
    await stop(first.stationTransactionId, 10, '2000');
    const second = await start(0);
    assert.notEqual(second.transactionId, first.transactionId);
    assert.deepEqual((await view(second.transactionId)).flags, ['start-repeated']);
  });

  it('answers a repeated end in the same way and stores its samples once', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    const readings = registers([T(5), 1500]);
    await stop(stationTransactionId, 10, '2000', { readings });
    await stop(stationTransactionId, 10, '2000', { readings });
    assert.equal((await samplesOf(transactionId)).length, 1);
    assert.deepEqual((await view(transactionId)).flags, []);
    assert.equal(
      await count(`csms.outbox where type = 'transaction.ended' and data ->> 'transactionId' = $1`, transactionId),
      1,
    );
  });

  it('keeps the first end when a second one differs, and holds the bill', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    await stop(stationTransactionId, 10, '2000');
    await stop(stationTransactionId, 12, '9000');
    const { energyWh, billableEnergyWh, holds } = await view(transactionId);
    assert.deepEqual([energyWh, billableEnergyWh, holds], [1000, null, ['stop-conflict']]);
  });

  for (const number of ['-1', '0', '4711']) {
    it(`keeps an end for transaction ${number}, which we never saw, once`, async () => {
      const { transactionId } = await stop(number, 10, '2000', { token });
      assert.equal((await stop(number, 10, '2000', { token })).transactionId, transactionId);
      const orphan = await view(transactionId);
      assert.deepEqual([orphan.status, orphan.energyWh, orphan.billableEnergyWh], ['ended', null, null]);
      assert.ok(orphan.holds.includes('start-missing'));
      assert.ok(orphan.flags.includes('energy-unknown'));
    });
  }

  it('ends a running transaction at its last sample when the EVSE starts another, and believes a late end', async () => {
    const lost = await start(0);
    await meter(lost.stationTransactionId as string, registers([T(10), 3000]), 10);
    const next = await start(30, { meterWh: '5000' });
    assert.equal(next.idTokenInfo?.status, 'Accepted');
    const closed = await view(lost.transactionId);
    assert.deepEqual(
      [closed.status, closed.endedAt, closed.energyWh, closed.billableEnergyWh],
      ['ended', T(10), 2000, null],
    );
    assert.deepEqual([...closed.flags].sort(), ['meter-stop-missing', 'stop-missing']);
    await stop(lost.stationTransactionId, 20, '5000');
    const told = await view(lost.transactionId);
    assert.deepEqual([told.endedAt, told.energyWh, told.billableEnergyWh, told.flags], [T(20), 4000, 4000, []]);
  });

  it('lets a start that lies before the running one stand beside it, flagged', async () => {
    await start(30);
    const older = await start(10, { receivedAt: at(31) });
    const stored = await view(older.transactionId);
    assert.deepEqual(
      [stored.status, [...stored.flags].sort()],
      ['active', ['concurrent', 'offline-start', 'start-overlapping']],
    );
    assert.equal(older.idTokenInfo?.status, 'Accepted');
  });

  it('gives a number to a card nobody knows, and to none, and says which', async () => {
    for (const [idToken, status] of [
      ['NOBODY', 'Unknown'],
      [undefined, 'Invalid'],
    ] as const) {
      const decision = await bench.service.transactionStarted(
        reportOf(station, T(counter++), {
          ...(idToken === undefined ? {} : { token: idToken }),
          evse: { evseId: 1, connectorId: 1 },
        }),
      );
      assert.equal(decision.idTokenInfo?.status, status);
      assert.ok(Number(decision.stationTransactionId) > 0);
    }
  });

  it('tells blocked and expired cards from unknown ones', async () => {
    await bench.addToken('BLOCKED', { status: 'Blocked', group: 'G1' });
    await bench.addToken('OLD', { expiresAt: at(-1) });
    const ask = async (value: string) =>
      bench.service.authorize({ origin: originOf(station, at(0)), idToken: { value } });
    assert.deepEqual(await ask('blocked'), { status: 'Blocked', groupIdToken: 'G1', expiresAt: null });
    assert.deepEqual(await ask('OLD'), { status: 'Expired', groupIdToken: null, expiresAt: at(-1) });
    assert.equal((await ask('nobody')).status, 'Unknown');
  });

  it('refuses a card that charges elsewhere, unless it may or the start is old news', async () => {
    const first = await start(0);
    const other = await bench.addStation();
    const begin = (minute: number, received: number, value = token) =>
      bench.service.transactionStarted(
        reportOf(other, T(minute), {
          token: value,
          evse: { evseId: 1, connectorId: 1 },
          meterWh: '0',
          receivedAt: at(received),
        }),
      );
    assert.equal((await begin(1, 1)).idTokenInfo?.status, 'ConcurrentTx');
    const repeated = await begin(1, 1);
    assert.equal(repeated.idTokenInfo?.status, 'ConcurrentTx');
    assert.equal((await begin(2, 90)).idTokenInfo?.status, 'Accepted', 'stored while offline');
    await stop(first.stationTransactionId, 100, '2000');
    await bench.addToken('FLEET', { concurrent: true });
    assert.equal((await start(101, { token: 'FLEET' })).idTokenInfo?.status, 'Accepted');
    assert.equal((await begin(102, 102, 'fleet')).idTokenInfo?.status, 'Accepted');
  });

  it('accepts exactly one of two starts of one card at the same instant', async () => {
    const other = await bench.addStation();
    for (let round = 0; round < 100; round++) {
      const decisions = await Promise.all(
        [station, other].map((each) =>
          bench.service.transactionStarted(
            reportOf(each, T(round), { token, evse: { evseId: 1, connectorId: 1 }, meterWh: String(round) }),
          ),
        ),
      );
      assert.deepEqual(decisions.map((decision) => decision.idTokenInfo?.status).sort(), ['Accepted', 'ConcurrentTx']);
      await Promise.all(
        decisions.map((decision, index) =>
          bench.service.transactionEnded(
            reportOf([station, other][index] as string, T(round), {
              stationTransactionId: decision.stationTransactionId as string,
              meterWh: String(round),
            }),
          ),
        ),
      );
    }
  });

  it('lets a start command vouch for a token that nobody registered', async () => {
    await bench.database.pool.query(
      `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, channel, limits, status, created_at,
         expires_at)
       values (gen_random_uuid(), $1, $2, $3, 1, 'guest', 'app', '{}', 'pending', $4, $5)`,
      [bench.organizationId, bench.siteId, station, new Date(at(0)), new Date(at(5))],
    );
    assert.equal((await start(1, { token: 'GUEST' })).idTokenInfo?.status, 'Accepted');
    assert.equal(
      (await start(2, { token: 'GUEST', evse: { evseId: 2, connectorId: 1 } })).idTokenInfo?.status,
      'Unknown',
    );
  });

  it('refuses tokens at a station that is not accepted, keeps the facts and holds them', async () => {
    const pending = await bench.addStation({ registrationStatus: 'Pending' });
    const info = await bench.service.authorize({ origin: originOf(pending, at(0)), idToken: { value: token } });
    assert.equal(info.status, 'Invalid');
    const decision = await bench.service.transactionStarted(
      reportOf(pending, T(0), { token, evse: { evseId: 1, connectorId: 1 }, meterWh: '0' }),
    );
    assert.equal(decision.idTokenInfo?.status, 'Invalid');
    assert.deepEqual((await view(decision.transactionId)).holds, ['station-not-accepted']);
  });

  it('adds samples that come after the end, and settles anew', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    await stop(stationTransactionId, 60, '', {});
    assert.equal((await view(transactionId)).energyWh, 0);
    await meter(stationTransactionId as string, registers([T(50), 6000]), 61);
    const { energyWh, flags } = await view(transactionId);
    assert.equal(energyWh, 5000);
    assert.deepEqual([...flags].sort(), ['meter-stop-missing', 'sample-late']);
  });

  it('stores a repeated sample once, and keeps another value for it beside', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    const number = stationTransactionId as string;
    await meter(number, registers([T(5), 1500], [T(6), 1600]), 6);
    await meter(number, registers([T(5), 1500], [T(6), 1600]), 7);
    assert.deepEqual((await view(transactionId)).flags, []);
    await meter(number, registers([T(5), 1501]), 8);
    await meter(number, registers([T(5), 1501]), 8);
    assert.deepEqual((await view(transactionId)).flags, ['sample-conflict']);
    assert.deepEqual(
      (await samplesOf(transactionId)).map((sample) => sample.value),
      [1500, 1501, 1600],
    );
    assert.deepEqual(
      (await samplesOf(transactionId)).map((sample) => sample.conflicting),
      [true, true, undefined],
    );
    assert.equal(await count('csms.sample_conflicts where owner_id = $1', transactionId), 1);
  });

  it('flags a running transaction whose samples are odd, and does so once', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    const odd = (minute: number, time: string) =>
      bench.service.metered({
        origin: originOf(station, at(minute), { oddities: ['schema:/meterValue must be tidy'] }),
        evseId: 1,
        stationTransactionId: stationTransactionId as string,
        readings: registers([time, 1000 + minute]),
      });
    await odd(1, '1970-01-01T00:00:00.000Z');
    await odd(2, '9999-01-01T00:00:00.000Z');
    await meter(
      stationTransactionId as string,
      [{ ...registers([T(3), 1003])[0]!, timestamp: { text: '', at: null } }],
      3,
    );
    const { flags, holds } = await view(transactionId);
    assert.deepEqual([...flags].sort(), ['clock-unreliable', 'schema-violation', 'time-missing']);
    assert.deepEqual(holds, ['clock-unreliable']);
    assert.equal((await samplesOf(transactionId)).length, 3);
  });

  it('does not let an old offline start use up what was authorised later', async () => {
    await bench.service.authorize({ origin: originOf(station, at(60)), idToken: { value: token } });
    const replayed = await start(0, { origin: originOf(station, at(61), { clockOffsetMs: 0 }) });
    assert.notEqual((await view(replayed.transactionId)).authorizedAt, T(60));
    assert.equal(await count(`csms.start_intents where station_id = $1 and status = 'pending'`, station), 1);
  });

  it('gives samples without a transaction to the one that runs on the EVSE, otherwise to the EVSE', async () => {
    const { transactionId } = await start(0);
    await meter(undefined, registers([T(5), 1500]), 5);
    await meter(undefined, registers([T(-5), 900]), 6);
    await meter(undefined, registers([T(5), 70_000]), 6, 0);
    await meter('999', registers([T(6), 1]), 6);
    assert.equal((await samplesOf(transactionId)).length, 1);
    assert.equal(
      await count('csms.samples s join csms.evses e on e.id = s.owner_id where e.station_id = $1', station),
      3,
    );
    assert.equal(
      await count(`csms.outbox where type = 'evse.metered' and data ->> 'unknownStationTransactionId' = '999'`),
      1,
    );
  });

  it('keeps absurd times in the default partition and signed data as text', async () => {
    const decision = await start(0, {
      timestamp: { text: '1970-01-01T00:00:10Z', at: instant(10_000) },
      receivedAt: at(0),
    } as Parameters<typeof reportOf>[2]);
    const [reading] = registers([T(1), 5]);
    await meter(
      decision.stationTransactionId as string,
      [
        {
          timestamp: { text: 'x', at: null },
          values: [
            { ...(reading as typeof reading & object).values[0]!, format: 'SignedData', value: 'OCMF|{"a\\b"}' },
          ],
        },
      ],
      2,
    );
    const stored = await view(decision.transactionId);
    assert.deepEqual([stored.startedAt, stored.holds], [T(0), ['clock-unreliable']]);
    assert.deepEqual(
      (await samplesOf(decision.transactionId)).map((sample) => [sample.timestamp, sample.value]),
      [[T(2), 'OCMF|{"a\\b"}']],
    );
    assert.equal(await count('csms.samples_default where owner_id = $1', decision.transactionId), 1);
  });

  it('stores what has no place in the model without failing', async () => {
    const decision = await start(0, {
      evse: { evseId: 2 ** 40, connectorId: 1 },
      reservationId: -5,
      meterWh: '1e300',
      timestamp: { text: '0000-01-01T00:00:00Z', at: instant(Date.parse('0000-01-01T00:00:00Z')) },
      receivedAt: at(0),
      token: 'a"b\\c,{}\u0000é😀',
    } as Parameters<typeof reportOf>[2]);
    const stored = await view(decision.transactionId);
    assert.equal(stored.evseId, null);
    assert.deepEqual([...stored.holds].sort(), ['clock-unreliable', 'meter-unreadable']);
    assert.ok(stored.flags.includes('evse-missing'));
  });

  it('corrects a clock that was measured to be off, and says so', async () => {
    const { transactionId } = await bench.service.transactionStarted({
      ...reportOf(station, T(5), { token, evse: { evseId: 1, connectorId: 1 }, meterWh: '0' }),
      origin: originOf(station, at(0), { clockOffsetMs: 5 * 60_000 }),
    });
    const stored = await view(transactionId);
    assert.deepEqual([stored.startedAt, stored.flags], [T(0), ['clock-corrected']]);
  });

  it('closes a transaction whose connector has long been free, until its end arrives', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    await bench.database.pool.query(
      `insert into csms.connectors (station_id, evse_id, connector_id, status, status_at) values ($1, 1, 1, 'Available', $2)`,
      [station, new Date(at(20))],
    );
    const job = bench.service.jobs.find((each) => each.name === 'csms.close-stale-transactions');
    bench.clock.advance(21 * 60_000);
    await job?.run(new AbortController().signal);
    assert.equal((await view(transactionId)).status, 'active', 'free for a minute only');
    bench.clock.advance(5 * 60_000);
    await job?.run(new AbortController().signal);
    bench.clock.advance(-26 * 60_000);
    assert.deepEqual((await view(transactionId)).holds, ['stop-missing']);
    await stop(stationTransactionId, 19, '3000');
    assert.deepEqual((await view(transactionId)).energyWh, 2000);
  });

  it('pages through transactions and samples', async () => {
    const { transactionId, stationTransactionId } = await start(0);
    await meter(stationTransactionId as string, registers([T(1), 1], [T(2), 2], [T(3), 3]), 3);
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await bench.service.transactions.meterValues(
        EVERYTHING,
        transactionId as string,
        {},
        { limit: 2, cursor },
      );
      seen.push(...page.items.map((item) => item.value));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(seen, [1, 2, 3]);
    const list = await bench.service.transactions.list(
      EVERYTHING,
      { idToken: token.toLowerCase(), status: 'active' },
      { limit: 10 },
    );
    assert.deepEqual(
      list.items.map((item) => item.id),
      [transactionId],
    );
    const nobody = { kind: 'organizations', organizationIds: [] } as const;
    await assert.rejects(bench.service.transactions.get(nobody, transactionId as string), {
      code: 'transaction.not_found',
    });
    await assert.rejects(bench.service.transactions.list(EVERYTHING, {}, { limit: 10, cursor: 'x' }), {
      code: 'list.bad_cursor',
    });
  });
});

describe('funds', () => {
  it('are asked after the card; a refusal takes the acceptance back', async () => {
    const asked: unknown[] = [];
    await using bench = await createTransactionsBench({
      funds: {
        reserve: async (request) => {
          asked.push([request.channel, request.stationId, request.evseId]);
          return { outcome: 'refused', reason: 'no-credit' };
        },
      },
    });
    const station = await bench.addStation();
    await bench.addToken('POOR');
    const info = await bench.service.authorize({ origin: originOf(station, at(0)), idToken: { value: 'POOR' } });
    assert.equal(info.status, 'NoCredit');
    const decision = await bench.service.transactionStarted(
      reportOf(station, T(0), { token: 'POOR', evse: { evseId: 1, connectorId: 1 }, meterWh: '0' }),
    );
    assert.equal(decision.idTokenInfo?.status, 'NoCredit');
    assert.equal(
      (await bench.service.transactions.get(EVERYTHING, decision.transactionId as string)).authorizationStatus,
      'NoCredit',
    );
    assert.deepEqual(asked, [
      ['card', 'ST-1', null],
      ['card', 'ST-1', 1],
    ]);
  });

  it('tell what a charge may cost, where they are limited', async () => {
    const limits: { energyMilliWh: null; amount: { amount: string; currency: string } | null; until: null } = {
      energyMilliWh: null,
      amount: { amount: '12.34', currency: 'CNY' },
      until: null,
    };
    await using bench = await createTransactionsBench({
      funds: { reserve: async () => ({ outcome: 'granted', limits }) },
    });
    const station = await bench.addStation();
    await bench.addToken('CARD');
    await bench.addToken('BLOCKED', { status: 'Blocked' });
    const authorize = (value: string) =>
      bench.service.authorize({ origin: originOf(station, at(0)), idToken: { value } });
    const accepted = { status: 'Accepted', groupIdToken: null, expiresAt: null };
    const limited = { ...accepted, spendingLimit: { amount: '12.34', currency: 'CNY' } };
    assert.deepEqual(await authorize('CARD'), limited);
    assert.deepEqual(await authorize('CARD'), limited);
    assert.deepEqual(await authorize('BLOCKED'), { ...accepted, status: 'Blocked' });
    limits.amount = null;
    assert.deepEqual(await authorize('CARD'), accepted);
  });

  for (const [fallback, status] of [
    ['allow', 'Accepted'],
    ['refuse', 'NoCredit'],
  ] as const) {
    it(`falls back to the site’s policy (${fallback}) when nobody answers`, async () => {
      await using bench = await createTransactionsBench({
        fundsFallback: fallback,
        funds: { reserve: () => Promise.reject(new Error('away')) },
      });
      const station = await bench.addStation();
      await bench.addToken('X');
      const info = await bench.service.authorize({ origin: originOf(station, at(0)), idToken: { value: 'X' } });
      assert.equal(info.status, status);
    });
  }
});
