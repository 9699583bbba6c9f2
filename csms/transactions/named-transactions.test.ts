import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { TransactionView } from '../contract/operator-ports.ts';
import type { TransactionReport } from '../contract/station-port.ts';
import { type NamedFacts, namedReport } from '../testing/named-reports.ts';
import { createTransactionsBench, originOf, type TransactionsBench } from '../testing/transactions-bench.ts';

type Kind = 'started' | 'updated' | 'ended';

describe('transactions that stations name themselves', () => {
  let bench: TransactionsBench;
  let station: string;

  before(async () => {
    bench = await createTransactionsBench();
    await bench.addToken('CARD');
    await bench.addToken('OTHER-CARD');
    await bench.addToken('FRIEND', { group: 'FAMILY' });
    await bench.addToken('BLOCKED', { status: 'Blocked' });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    station = await bench.addStation();
  });
  // A card that still charges somewhere would be refused by the next test.
  afterEach(async () => {
    const { rows } = await bench.database.pool.query(
      `select distinct station_id from csms.transactions where status = 'active'`,
    );
    for (const { station_id } of rows) await bench.service.closeAll(station_id);
  });

  const METHODS = {
    started: 'transactionStarted',
    updated: 'transactionUpdated',
    ended: 'transactionEnded',
  } as const;
  const report = (kind: Kind, facts: Omit<NamedFacts, 'station'>) =>
    bench.service[METHODS[kind]](namedReport({ station, ...facts }));

  async function transactions(): Promise<TransactionView[]> {
    const { rows } = await bench.database.pool.query(
      'select id from csms.transactions where station_id = $1 order by started_at, id',
      [station],
    );
    return Promise.all(rows.map(({ id }) => bench.service.transactions.get(EVERYTHING, id)));
  }

  async function only(): Promise<TransactionView> {
    const all = await transactions();
    assert.equal(all.length, 1, JSON.stringify(all, null, 2));
    return all[0] as TransactionView;
  }

  async function told(): Promise<string[]> {
    const { rows } = await bench.database.pool.query(
      `select o.type from csms.outbox o join csms.stations s on s.identity = o.station_id where s.id = $1 order by o.id`,
      [station],
    );
    return rows.map(({ type }) => type);
  }

  const START = { number: 0, at: '2026-03-01T12:00:00Z', evseId: 1, token: 'CARD' } as const;
  const startAt = (wh: number) => ({ ...START, registers: [[wh, 'Transaction.Begin']] }) as const;
  const sample = (number: number, minute: number, wh: number) =>
    ({
      number,
      at: `2026-03-01T12:${String(minute).padStart(2, '0')}:00Z`,
      registers: [[wh, 'Sample.Periodic']],
      more: { chargingState: 'Charging', trigger: 'MeterValuePeriodic' },
    }) as const;
  const endAt = (number: number, minute: number, wh: number, more: Partial<NamedFacts> = {}) =>
    ({
      number,
      at: `2026-03-01T12:${String(minute).padStart(2, '0')}:00Z`,
      registers: [[wh, 'Transaction.End']],
      ...more,
      more: { stopReason: 'Local', trigger: 'EVDeparted', chargingState: 'Idle', ...more.more },
    }) as const;

  it('are told from the plug to the end, with exact energy', async () => {
    const started = await report('started', startAt(1000));
    assert.equal(started.stationTransactionId, 'tx-1');
    assert.equal(started.idTokenInfo?.status, 'Accepted');
    const updated = await report('updated', sample(1, 10, 2500));
    assert.deepEqual(updated, { transactionId: started.transactionId, stationTransactionId: 'tx-1' });
    const running = await only();
    assert.deepEqual(
      [running.status, running.chargingState, running.energyWh, running.flags],
      ['active', 'Charging', 1500, []],
    );
    await report('ended', endAt(2, 30, 11_000.5));
    const ended = await only();
    assert.deepEqual(
      [ended.status, ended.energyWh, ended.billableEnergyWh, ended.meterStartWh, ended.meterStopWh],
      ['ended', 10_000.5, 10_000.5, 1000, 11_000.5],
    );
    assert.deepEqual(
      [ended.idToken, ended.evseId, ended.connectorId, ended.stopReason, ended.flags, ended.holds, ended.chargingState],
      ['CARD', 1, 1, 'Local', [], [], 'Idle'],
    );
    assert.deepEqual(await told(), ['transaction.started', 'transaction.metered', 'transaction.ended']);
    const { items } = await bench.service.transactions.events(EVERYTHING, ended.id, { limit: 2 });
    assert.deepEqual(
      items.map(({ number, type }) => [number, type]),
      [
        [0, 'started'],
        [1, 'updated'],
      ],
    );
  });

  it('say nothing new when reports are repeated', async () => {
    const first = await report('started', startAt(0));
    assert.deepEqual(await report('started', startAt(0)), first);
    const later = instant(Date.parse('2026-03-01T12:12:00Z'));
    await report('updated', sample(1, 10, 500));
    await report('updated', { ...sample(1, 10, 500), receivedAt: later });
    const state = { number: 2, at: '2026-03-01T12:11:00Z', more: { chargingState: 'SuspendedEV' } } as const;
    await report('updated', state);
    await report('updated', { ...state, receivedAt: later });
    await report('ended', endAt(3, 20, 1000));
    await report('ended', endAt(3, 20, 1000));
    const one = await only();
    assert.deepEqual([one.energyWh, one.flags, one.holds], [1000, [], []]);
    assert.deepEqual(await told(), [
      'transaction.started',
      'transaction.metered',
      'transaction.updated',
      'transaction.ended',
    ]);
  });

  it('may give every report the number 0', async () => {
    await report('started', startAt(100));
    await report('updated', { ...sample(0, 10, 600), number: 0 });
    await report('updated', { ...sample(0, 15, 700), number: 0 });
    await report('ended', { ...endAt(0, 20, 1100), number: 0 });
    const one = await only();
    assert.deepEqual([one.energyWh, one.flags], [1000, []]);
    const { items } = await bench.service.transactions.events(EVERYTHING, one.id, { limit: 10 });
    assert.equal(items.length, 4);
  });

  it('begin with whatever arrives first, are held while the start is missing, and let go when it comes', async () => {
    await report('ended', endAt(2, 30, 11_000));
    let one = await only();
    assert.deepEqual([one.status, one.energyWh], ['ended', null]);
    assert.ok(one.holds.includes('start-missing'));
    assert.ok(one.flags.includes('energy-unknown'));
    const { rows } = await bench.database.pool.query(
      `select o.data from csms.outbox o where o.type = 'transaction.ended' order by o.id desc limit 1`,
    );
    assert.equal(rows[0].data.energyWh, null);
    assert.ok(one.flags.includes('reports-missing'));
    assert.equal(one.billableEnergyWh, null);
    await report('updated', sample(1, 10, 2500));
    await report('started', startAt(1000));
    one = await only();
    assert.deepEqual(
      [one.status, one.startedAt, one.energyWh, one.billableEnergyWh, one.evseId, one.idToken, one.holds],
      ['ended', '2026-03-01T12:00:00.000Z', 10_000, 10_000, 1, 'CARD', []],
    );
    assert.ok(!one.flags.includes('reports-missing') && !one.flags.includes('start-missing'));
    assert.deepEqual((await told()).slice(0, 2), ['transaction.started', 'transaction.ended']);
  });

  it('flag a report that never came, and take it back when it does', async () => {
    await report('started', startAt(0));
    await report('ended', endAt(4, 30, 1000));
    await report('updated', sample(1, 5, 100));
    await report('updated', sample(2, 10, 200));
    assert.deepEqual((await only()).flags.includes('reports-missing'), true);
    await report('updated', sample(3, 20, 300));
    assert.deepEqual((await only()).flags, ['sample-late']);
  });

  it('do not run again once they have ended', async () => {
    await report('started', startAt(0));
    await report('ended', endAt(2, 30, 1000));
    await report('updated', { ...sample(1, 40, 5000), token: 'OTHER-CARD' });
    const one = await only();
    assert.deepEqual([one.status, one.idToken, one.energyWh], ['ended', 'CARD', 1000]);
  });

  it('learn the EVSE late, and only then push aside what ran there', async () => {
    await report('started', { ...startAt(0), name: 'older' });
    await report('started', { number: 0, at: '2026-03-01T12:20:00Z', name: 'newer', token: 'OTHER-CARD' });
    let [older, newer] = await transactions();
    assert.deepEqual([older?.status, newer?.evseId, newer?.flags], ['active', null, ['evse-missing']]);
    await report('updated', {
      number: 1,
      at: '2026-03-01T12:21:00Z',
      name: 'newer',
      evseId: 1,
      connectorId: null,
      more: { trigger: 'CablePluggedIn' },
    });
    [older, newer] = await transactions();
    assert.deepEqual([older?.status, older?.flags.includes('stop-missing')], ['ended', true]);
    assert.deepEqual([newer?.evseId, newer?.connectorId, newer?.flags], [1, null, []]);
    await report('updated', { ...sample(2, 25, 10), name: 'newer', evseId: 2 });
    assert.ok((await transactions())[1]?.flags.includes('evse-conflict'));
  });

  it('may start before anybody is authorised, and take the token from any report', async () => {
    const plugged = await report('started', { ...START, token: undefined, registers: [[50, 'Transaction.Begin']] });
    assert.equal(plugged.idTokenInfo, undefined);
    assert.deepEqual([(await only()).idToken, (await only()).authorizationStatus], [null, null]);
    const shown = { number: 1, at: '2026-03-01T12:02:00Z', more: { trigger: 'Authorized' } } as const;
    assert.equal((await report('updated', { ...shown, token: 'BLOCKED' })).idTokenInfo?.status, 'Blocked');
    assert.equal((await only()).authorizationStatus, 'Blocked');
    // Another card is shown, and this one is good: it pays.
    const answer = await report('updated', { ...shown, number: 2, at: '2026-03-01T12:03:00Z', token: 'FRIEND' });
    assert.deepEqual([answer.idTokenInfo?.status, answer.idTokenInfo?.groupIdToken], ['Accepted', 'FAMILY']);
    const one = await only();
    assert.deepEqual(
      [one.idToken, one.authorizationStatus, one.authorizedAt],
      ['FRIEND', 'Accepted', '2026-03-01T12:03:00.000Z'],
    );
    await report('ended', endAt(3, 10, 60, { token: 'FRIEND' }));
    const { rows } = await bench.database.pool.query(
      `select status, transaction_id from csms.start_intents where station_id = $1 and id_token = 'friend'`,
      [station],
    );
    assert.deepEqual(rows, [{ status: 'started', transaction_id: one.id }]);
  });

  it('keep a token that stops apart from the one that started', async () => {
    await report('started', startAt(0));
    const stop = {
      number: 1,
      at: '2026-03-01T12:05:00Z',
      token: 'FRIEND',
      more: { trigger: 'StopAuthorized' },
    } as const;
    assert.equal((await report('updated', stop)).idTokenInfo?.groupIdToken, 'FAMILY');
    await report('ended', endAt(2, 6, 10));
    const one = await only();
    assert.equal(one.idToken, 'CARD');
    const { rows } = await bench.database.pool.query('select stop_id_token from csms.transactions where id = $1', [
      one.id,
    ]);
    assert.equal(rows[0].stop_id_token, 'FRIEND');
  });

  it('do not start with a master pass, which may stop them', async () => {
    await bench.addToken('MASTER', { group: 'MASTERS' });
    await bench.database.pool.query(`update csms.organizations set master_pass_group_id = 'MASTERS'`);
    assert.equal((await report('started', { ...START, token: 'MASTER' })).idTokenInfo?.status, 'Invalid');
    assert.deepEqual((await only()).flags, ['master-pass-start']);
    const stop = {
      number: 1,
      at: '2026-03-01T12:05:00Z',
      token: 'MASTER',
      more: { trigger: 'StopAuthorized' },
    } as const;
    const answer = await report('updated', stop);
    assert.deepEqual([answer.idTokenInfo?.status, answer.idTokenInfo?.groupIdToken], ['Accepted', 'MASTERS']);
  });

  it('need no token where the station lets everybody charge', async () => {
    const answer = await report('started', { ...START, token: '', tokenType: 'NoAuthorization' });
    assert.equal(answer.idTokenInfo?.status, 'Accepted');
    const one = await only();
    assert.deepEqual([one.idToken, one.authorizationStatus, one.holds], [null, 'Accepted', []]);
  });

  it('refuse a token that charges elsewhere, but not what happened offline', async () => {
    await report('started', startAt(0));
    const second = await bench.addStation();
    const at = { ...START, station: second, at: '2026-03-01T12:05:00Z' };
    const refused = await bench.service.transactionStarted(namedReport(at));
    assert.equal(refused.idTokenInfo?.status, 'ConcurrentTx');
    assert.deepEqual((await bench.service.transactionStarted(namedReport(at))).idTokenInfo?.status, 'ConcurrentTx');
    const third = await bench.addStation();
    const offline = await bench.service.transactionStarted(
      namedReport({ ...at, station: third, more: { offline: true } }),
    );
    assert.equal(offline.idTokenInfo?.status, 'Accepted');
    await report('ended', endAt(1, 30, 10));
  });

  it('bind the start command that the station repeats the number of, also without a token', async () => {
    const { rows } = await bench.database.pool.query(
      `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, account_ref, channel, dialect_ref,
         limits, status, created_at, expires_at)
       select gen_random_uuid(), $1, $2, $3, 1, 'app-user-7', 'account-7', 'app', '4711', '{}', 'pending', '2026-03-01T11:59:00Z',
         '2026-03-01T12:30:00Z' returning id`,
      [bench.organizationId, bench.siteId, station],
    );
    const start = { ...START, token: undefined, more: { remoteStartId: 4711, trigger: 'RemoteStart' } };
    assert.equal((await report('started', start)).idTokenInfo, undefined);
    const one = await only();
    assert.deepEqual([one.idToken, one.authorizationStatus], ['app-user-7', 'Accepted']);
    const bound = await bench.database.pool.query(
      'select status, transaction_id from csms.start_intents where id = $1',
      [rows[0].id],
    );
    assert.deepEqual(bound.rows, [{ status: 'started', transaction_id: one.id }]);
  });

  it('are told apart when a station begins to count its names anew', async () => {
    await report('started', startAt(0));
    await report('ended', endAt(1, 10, 1000));
    await report('started', { ...startAt(1000), at: '2026-03-01T12:40:00Z' });
    await report('updated', sample(1, 45, 1500));
    await report('ended', endAt(2, 50, 3000));
    const [first, second] = await transactions();
    assert.deepEqual([first?.energyWh, first?.flags], [1000, []]);
    assert.deepEqual([second?.energyWh, second?.flags], [2000, ['name-repeated']]);
  });

  it('hold an end that contradicts another', async () => {
    await report('started', startAt(0));
    await report('ended', endAt(1, 10, 1000));
    await report('ended', endAt(1, 11, 2000));
    const one = await only();
    assert.deepEqual([one.holds, one.energyWh], [['stop-conflict'], 1000]);
  });

  it('are kept when a report names no transaction, and absurd numbers are taken', async () => {
    const nameless = namedReport({ station, ...START });
    const { stationTransactionId: _, ...rest } = nameless;
    await bench.service.transactionStarted(rest);
    await bench.service.transactionStarted(rest);
    const one = await only();
    assert.equal(one.stationTransactionId, null);
    await report('updated', { ...sample(1, 10, 5), number: 1e12, name: 'x'.repeat(5000), evseId: 1 });
    assert.deepEqual(
      (await transactions()).map(({ stationTransactionId }) => stationTransactionId),
      [null, null],
    );
  });

  it('keep long names as they came, and tell apart those that begin alike', async () => {
    // The longest that is kept, of three bytes each, and such that PostgreSQL cannot compress it.
    const longest = Array.from({ length: 800 }, (_, index) => String.fromCharCode(0x4e00 + ((index * 7919) % 20_000)));
    const names = ['x'.repeat(300), `${'x'.repeat(299)}y`, longest.join('')];
    for (const name of names) {
      await report('started', { ...startAt(0), name });
      await report('ended', { ...endAt(1, 10, 1000), name });
    }
    assert.deepEqual(
      (await transactions()).map(({ stationTransactionId, energyWh }) => [stationTransactionId, energyWh]).sort(),
      names.map((name) => [name, 1000]).sort(),
    );
  });

  it('ignore a register of 0 before a lifetime total', async () => {
    await report('started', startAt(0));
    await report('updated', sample(1, 1, 910_000));
    await report('ended', endAt(2, 10, 910_080));
    const one = await only();
    assert.equal(one.energyWh, 80);
    assert.ok(one.flags.includes('meter-start-ignored'));
  });

  it('extend an estimated end by what comes later, until the true end comes', async () => {
    await report('started', startAt(0));
    await report('updated', sample(1, 5, 100));
    await bench.service.closeAll(station);
    assert.deepEqual([(await only()).status, (await only()).endedAt], ['ended', '2026-03-01T12:05:00.000Z']);
    await report('updated', sample(2, 9, 300));
    assert.deepEqual([(await only()).energyWh, (await only()).endedAt], [300, '2026-03-01T12:09:00.000Z']);
    await report('ended', endAt(3, 12, 400));
    const one = await only();
    assert.deepEqual([one.energyWh, one.endedAt, one.holds], [400, '2026-03-01T12:12:00.000Z', []]);
  });

  /** One charge as a station reports it; the order and the number of copies are up to the test. */
  const CHARGE: readonly (readonly [Kind, Omit<NamedFacts, 'station'>])[] = [
    [
      'started',
      {
        number: 0,
        at: '2026-03-01T12:00:00Z',
        registers: [[5000, 'Transaction.Begin']],
        more: { trigger: 'CablePluggedIn' },
      },
    ],
    [
      'updated',
      {
        number: 1,
        at: '2026-03-01T12:01:00Z',
        token: 'CARD',
        more: { trigger: 'Authorized', chargingState: 'EVConnected' },
      },
    ],
    [
      'updated',
      {
        number: 2,
        at: '2026-03-01T12:02:00Z',
        evseId: 2,
        more: { trigger: 'ChargingStateChanged', chargingState: 'Charging' },
      },
    ],
    ['updated', sample(3, 10, 6000)],
    ['updated', sample(4, 20, 7250.25)],
    ['updated', { ...sample(5, 30, 9000), more: { trigger: 'ChargingStateChanged', chargingState: 'SuspendedEV' } }],
    ['updated', { number: 6, at: '2026-03-01T12:35:00Z', token: 'CARD', more: { trigger: 'StopAuthorized' } }],
    ['ended', endAt(7, 36, 15_000.75, { more: { trigger: 'StopAuthorized', stopReason: 'Local' } })],
  ];

  /** Any order of all reports, with up to three copies of each, and whether the station counts at all. */
  const orders = fc.record({
    order: fc
      .tuple(
        ...CHARGE.map((_, index) => fc.integer({ min: 1, max: 3 }).map((copies) => Array<number>(copies).fill(index))),
      )
      .map((copies) => copies.flat())
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    counts: fc.boolean(),
  });

  it('come to the same transaction in any order, however often reports are repeated', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(orders, async ({ order, counts }) => {
        station = await bench.addStation();
        const receivedAt = instant(Date.parse('2026-03-01T12:36:30Z'));
        // Some repetitions overtake the answer to the first copy.
        const send = ([kind, facts]: readonly [Kind, Omit<NamedFacts, 'station'>]) =>
          report(kind, { ...facts, number: counts ? facts.number : 0, receivedAt });
        for (const index of order) await send(CHARGE[index] as (typeof CHARGE)[number]);
        const one = await only();
        assert.deepEqual(
          {
            status: one.status,
            energyWh: one.energyWh,
            billableEnergyWh: one.billableEnergyWh,
            meterStartWh: one.meterStartWh,
            meterStopWh: one.meterStopWh,
            startedAt: one.startedAt,
            endedAt: one.endedAt,
            idToken: one.idToken,
            authorizationStatus: one.authorizationStatus,
            evseId: one.evseId,
            connectorId: one.connectorId,
            stopReason: one.stopReason,
            chargingState: one.chargingState,
            holds: one.holds,
            missing: one.flags.filter((flag) => flag.endsWith('-missing')),
          },
          {
            status: 'ended',
            energyWh: 10_000.75,
            billableEnergyWh: 10_000.75,
            meterStartWh: 5000,
            meterStopWh: 15_000.75,
            startedAt: '2026-03-01T12:00:00.000Z',
            endedAt: '2026-03-01T12:36:00.000Z',
            idToken: 'CARD',
            authorizationStatus: 'Accepted',
            evseId: 2,
            connectorId: 1,
            stopReason: 'Local',
            chargingState: 'Idle',
            holds: [],
            missing: [],
          },
        );
        const { items } = await bench.service.transactions.events(EVERYTHING, one.id, { limit: 50 });
        assert.equal(items.length, CHARGE.length);
        const { rows } = await bench.database.pool.query(
          `select count(*)::int as count from csms.start_intents where station_id = $1`,
          [station],
        );
        assert.deepEqual(rows, [{ count: 1 }]);
      }),
      { numRuns: 150 },
    );
  });

  it('come to the same in any order where reports contradict each other', async function () {
    this.timeout(60_000);
    const clash = [
      ['started', { ...START, registers: [[100, 'Sample.Periodic']] }],
      ['updated', sample(1, 10, 500)],
      ['updated', { ...sample(2, 10, 700), number: 2 }],
      ['updated', sample(3, 20, 900)],
      ['ended', { ...endAt(4, 20, 0), registers: [[960, 'Sample.Periodic']] }],
    ] as const satisfies readonly (readonly [Kind, Omit<NamedFacts, 'station'>])[];
    const everyOrder = fc.shuffledSubarray([...clash.keys()], { minLength: clash.length, maxLength: clash.length });
    await fc.assert(
      fc.asyncProperty(everyOrder, async (order) => {
        station = await bench.addStation();
        const receivedAt = instant(Date.parse('2026-03-01T12:36:30Z'));
        for (const index of order) {
          const [kind, facts] = clash[index] as (typeof clash)[number];
          await report(kind, { ...facts, receivedAt });
        }
        const one = await only();
        const { items } = await bench.service.transactions.meterValues(EVERYTHING, one.id, {}, { limit: 50 });
        assert.deepEqual(
          {
            energyWh: one.energyWh,
            holds: one.holds,
            isFlagged: one.flags.includes('sample-conflict'),
            energyEndedAt: one.energyEndedAt,
            values: items.map(({ value, conflicting }) => `${value}${conflicting ? '!' : ''}`).sort(),
          },
          {
            energyWh: 860,
            holds: [],
            isFlagged: true,
            energyEndedAt: '2026-03-01T12:20:00.000Z',
            values: ['100', '500!', '700!', '900!', '960!'],
          },
        );
      }),
      { numRuns: 40 },
    );
  });

  it('come to the same when the register at the end is missing and the last samples contradict each other', async () => {
    const energies: (number | null)[] = [];
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      station = await bench.addStation();
      const receivedAt = instant(Date.parse('2026-03-01T12:36:30Z'));
      await report('started', { ...startAt(100), receivedAt });
      for (const number of order)
        await report('updated', { ...sample(number, 10, number === 1 ? 500 : 700), receivedAt });
      await report('ended', { ...endAt(3, 20, 0), registers: [], receivedAt });
      energies.push((await only()).energyWh);
    }
    assert.deepEqual(energies, [600, 600]);
  });

  it('list every value once, however small the pages', async () => {
    await report('started', startAt(100));
    for (const [number, wh] of [500, 600, 700].entries()) await report('updated', { ...sample(number + 1, 10, wh) });
    const { id } = await only();
    const values: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await bench.service.transactions.meterValues(EVERYTHING, id, {}, { limit: 1, cursor });
      values.push(...page.items.map(({ value }) => value));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(values.sort(), [100, 500, 600, 700]);
  });

  it('come to the same when reports arrive at once', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(orders, async ({ order }) => {
        station = await bench.addStation();
        const receivedAt = instant(Date.parse('2026-03-01T12:36:30Z'));
        await Promise.all(
          order.map((index) => {
            const [kind, facts] = CHARGE[index] as (typeof CHARGE)[number];
            return report(kind, { ...facts, receivedAt });
          }),
        );
        const one = await only();
        assert.deepEqual(
          [one.status, one.energyWh, one.idToken, one.evseId, one.holds],
          ['ended', 10_000.75, 'CARD', 2, []],
        );
      }),
      { numRuns: 50 },
    );
  });

  describe('under names that we gave', () => {
    const SERIAL = '32010600019236012603011200000001';
    const shown = (minute: number) => instant(Date.parse(`2026-03-01T11:${minute}:00Z`));
    const authorize = (at = shown(59), stationTransactionId = SERIAL, value = 'CARD') =>
      bench.service.authorize({ origin: originOf(station, at), idToken: { value }, evseId: 1, stationTransactionId });
    const ours = { namedByUs: true } as const;
    const begun = { name: SERIAL, number: 0, at: '2026-03-01T12:00:05Z', evseId: 1 } as const;

    it('charge with the token that was authorised, from the time that comes with the end', async () => {
      await authorize();
      const { idTokenInfo } = await report('started', { ...begun, more: { ...ours, provisional: true } });
      assert.equal(idTokenInfo?.status, 'Accepted');
      const running = await only();
      assert.deepEqual(
        [running.idToken, running.startedAt, running.flags],
        ['CARD', '2026-03-01T12:00:05.000Z', ['start-provisional']],
      );
      const later = { name: SERIAL, evseId: 1, receivedAt: instant(Date.parse('2026-03-01T12:30:00Z')) };
      const record = { ...later, number: 0, more: ours };
      await report('started', { ...record, at: '2026-03-01T12:00:00Z', registers: [[100, 'Transaction.Begin']] });
      await report('ended', { ...record, at: '2026-03-01T12:20:00Z', registers: [[700, 'Transaction.End']] });
      const one = await only();
      assert.deepEqual(
        [one.status, one.startedAt, one.endedAt, one.energyWh, one.idToken, one.holds],
        ['ended', '2026-03-01T12:00:00.000Z', '2026-03-01T12:20:00.000Z', 600, 'CARD', []],
      );
      assert.ok(!one.flags.includes('start-provisional'));
    });

    it('keep the start that was seen when the one that comes with the end cannot be', async () => {
      await authorize();
      await report('started', { ...begun, more: { ...ours, provisional: true } });
      const record = {
        name: SERIAL,
        evseId: 1,
        receivedAt: instant(Date.parse('2026-03-01T12:40:00Z')),
        number: 0,
        more: ours,
      };
      await report('started', { ...record, at: '2000-01-01T00:00:00Z', registers: [[100, 'Transaction.Begin']] });
      const one = await only();
      assert.deepEqual([one.startedAt, one.holds], ['2026-03-01T12:00:05.000Z', ['clock-unreliable']]);
      assert.equal(one.meterStartWh, 100);
    });

    it('are told once however often a record comes whose times cannot be', async () => {
      for (const [minute, at] of [
        ['00', '2000-01-01T00:00:00Z'],
        ['05', '2000-01-01T00:00:00Z'],
        ['09', '2000-01-01T00:00:00Z'],
      ] as const) {
        const receivedAt = instant(Date.parse(`2026-03-01T12:${minute}:00Z`));
        const more = { offline: true, idToken: { value: 'CARD' } };
        const record = { name: 'OFFLINE', evseId: 1, receivedAt, number: 0, at, more };
        await report('started', { ...record, registers: [[100, 'Transaction.Begin']] });
        await report('ended', { ...record, at: '2000-01-01T01:00:00Z', registers: [[700, 'Transaction.End']] });
      }
      const one = await only();
      assert.deepEqual([one.status, one.energyWh, one.flags.includes('name-repeated')], ['ended', 600, false]);
    });

    it('may not charge when they were not authorised in time', async () => {
      await authorize(shown(30), 'LATE');
      const late = await report('started', { ...begun, name: 'LATE', more: ours });
      assert.equal(late.idTokenInfo?.status, 'Invalid');
      assert.deepEqual(
        (await transactions()).map(({ authorizationStatus, idToken, flags }) => [authorizationStatus, idToken, flags]),
        [['Invalid', null, ['start-refused']]],
      );
    });

    it('are told apart from names that nobody knows', async () => {
      const unknown = await report('started', { ...begun, more: { ...ours, provisional: true } });
      const { transactionId } = unknown;
      assert.deepEqual(unknown, { transactionId, stationTransactionId: SERIAL, nameUnknown: true });
      assert.deepEqual(await report('started', { ...begun, more: { ...ours, provisional: true } }), unknown);
      let one = await only();
      assert.deepEqual(
        [one.authorizationStatus, one.idToken, one.flags, one.holds],
        [null, null, ['start-provisional', 'name-unknown'], []],
      );
      // A record of a charge that a card has started while there was no connection brings the card.
      const record = { ...begun, at: '2026-03-01T11:50:00Z', token: 'CARD', more: { ...ours, offline: true } } as const;
      const known = await report('started', record);
      assert.deepEqual([known.idTokenInfo?.status, known.nameUnknown], ['Accepted', true]);
      one = await only();
      assert.deepEqual(
        [one.authorizationStatus, one.idToken, one.startedAt, one.flags],
        ['Accepted', 'CARD', '2026-03-01T11:50:00.000Z', ['offline-start']],
      );
    });

    it('may be unknown where the station had no connection', async () => {
      const answer = await report('started', { ...begun, more: { ...ours, offline: true } });
      assert.equal(answer.nameUnknown, true);
      assert.deepEqual((await only()).flags, ['offline-start']);
    });

    it('are known when they are void: refused, or replaced by another name', async () => {
      await authorize(shown(57), 'REFUSED');
      await bench.database.pool.query(`update csms.start_intents set status = 'refused' where station_id = $1`, [
        station,
      ]);
      const refused = await report('started', { ...begun, name: 'REFUSED', more: ours });
      assert.deepEqual([refused.idTokenInfo?.status, refused.nameUnknown], ['Invalid', undefined]);
    });

    it('go on when the start is heard again, also after the end', async () => {
      await authorize();
      const provisional = { ...ours, provisional: true } as const;
      const first = await report('started', { ...begun, more: provisional });
      const again = { ...begun, at: '2026-03-01T12:09:00Z', more: provisional };
      assert.deepEqual(await report('started', again), first);
      assert.equal((await only()).startedAt, '2026-03-01T12:00:05.000Z');
      const record = { name: SERIAL, number: 0, receivedAt: instant(Date.parse('2026-03-01T12:30:00Z')), more: ours };
      await report('started', { ...record, at: '2026-03-01T12:00:00Z', registers: [[100, 'Transaction.Begin']] });
      await report('ended', { ...record, at: '2026-03-01T12:20:00Z', registers: [[700, 'Transaction.End']] });
      const ended = await only();
      assert.deepEqual([ended.flags, ended.startedAt], [[], '2026-03-01T12:00:00.000Z']);
      // What was read before the record may arrive after it.
      assert.deepEqual(await report('started', { ...again, at: '2026-03-01T12:31:00Z' }), first);
      assert.deepEqual(await only(), ended);
      assert.deepEqual((await told()).slice(1), ['transaction.started', 'transaction.updated', 'transaction.ended']);
    });

    it('charge together with others of their group', async () => {
      const more = { parallelGroup: '260301120000' };
      for (const [evseId, name] of [[1, 'MAIN'] as const, [2, 'AUXILIARY'] as const]) {
        const request = { origin: originOf(station, shown(59)), idToken: { value: 'CARD' }, evseId, ...more };
        await bench.service.authorize({ ...request, stationTransactionId: name });
        await bench.service.authorize({ ...request, stationTransactionId: name });
      }
      for (const [evseId, name] of [[1, 'MAIN'] as const, [2, 'AUXILIARY'] as const]) {
        const answer = await report('started', { ...begun, name, evseId, more: ours });
        assert.equal(answer.idTokenInfo?.status, 'Accepted');
      }
      assert.deepEqual(
        (await transactions()).map(({ evseId, idToken, parallelGroup }) => [evseId, idToken, parallelGroup]),
        [
          [1, 'CARD', '260301120000'],
          [2, 'CARD', '260301120000'],
        ],
      );
      const filter = (parallelGroup: string) =>
        bench.service.transactions.list(EVERYTHING, { parallelGroup }, { limit: 10 });
      assert.equal((await filter('260301120000')).items.length, 2);
      assert.equal((await filter('260301120001')).items.length, 0);
    });

    describe('with a token that charges elsewhere', () => {
      const elsewhere = () => bench.addStation();
      const chargeAt = (place: string) =>
        bench.service.transactionStarted(namedReport({ station: place, ...startAt(0) }));
      const only = async () => (await transactions())[0];

      it('are not given', async () => {
        const other = await elsewhere();
        await chargeAt(other);
        assert.equal((await authorize()).status, 'ConcurrentTx');
        await bench.service.closeAll(other);
        assert.equal((await authorize()).status, 'Accepted');
      });

      it('are void when the card is refused after it was let: whatever is told first, the charge was refused', async () => {
        await authorize();
        const other = await elsewhere();
        await chargeAt(other);
        assert.equal((await authorize(shown(59))).status, 'ConcurrentTx');
        await bench.service.closeAll(other);
        const receivedAt = instant(Date.parse('2026-03-01T12:30:00Z'));
        const record = { ...begun, receivedAt, more: ours };
        assert.equal((await report('started', record)).idTokenInfo?.status, 'Invalid');
        await report('ended', { ...endAt(0, 20, 500), name: SERIAL, receivedAt, more: ours });
        const one = await only();
        assert.deepEqual(
          [one?.idToken, one?.authorizationStatus, one?.flags.includes('start-refused')],
          [null, 'Invalid', true],
        );
      });

      it('are given where the charge that is in the way stands at the same place', async () => {
        await chargeAt(station);
        assert.equal((await authorize()).status, 'Accepted');
      });

      it('are refused when they start, and stay refused', async () => {
        await authorize();
        const other = await elsewhere();
        await chargeAt(other);
        const start = { ...begun, more: { ...ours, provisional: true } } as const;
        const refused = await report('started', start);
        assert.equal(refused.idTokenInfo?.status, 'ConcurrentTx');
        await bench.service.closeAll(other);
        assert.deepEqual(await report('started', start), refused);
        const one = await only();
        assert.deepEqual(
          [one?.idToken, one?.authorizationStatus, one?.flags],
          ['CARD', 'ConcurrentTx', ['start-provisional', 'concurrent']],
        );
      });

      it('are refused for all but one that start at once', async () => {
        const places = await Promise.all(Array.from({ length: 8 }, elsewhere));
        const answers = await Promise.all(
          places.map(async (place) => {
            const origin = originOf(place, shown(59));
            await bench.service.authorize({
              origin,
              idToken: { value: 'CARD' },
              evseId: 1,
              stationTransactionId: SERIAL,
            });
            const start = namedReport({ station: place, ...begun, more: { ...ours, provisional: true } });
            const { idTokenInfo } = await bench.service.transactionStarted(start);
            return idTokenInfo?.status;
          }),
        );
        assert.equal(answers.filter((status) => status === 'Accepted').length, 1, answers.join());
        for (const place of places) await bench.service.closeAll(place);
      });

      it('are kept when it is told long after: what has happened cannot be refused', async () => {
        await authorize();
        await chargeAt(await elsewhere());
        const receivedAt = instant(Date.parse('2026-03-02T12:00:00Z'));
        const { idTokenInfo } = await report('started', { ...begun, receivedAt, more: ours });
        assert.equal(idTokenInfo?.status, 'Accepted');
        assert.ok((await only())?.flags.includes('concurrent'));
      });

      it('are given and start where the token may', async () => {
        await bench.addToken('FLEET', { concurrent: true });
        await authorize(shown(59), SERIAL, 'FLEET');
        const other = namedReport({ station: await elsewhere(), ...startAt(0), token: 'FLEET' });
        await bench.service.transactionStarted(other);
        const { idTokenInfo } = await report('started', { ...begun, more: ours });
        assert.deepEqual([idTokenInfo?.status, (await only())?.flags], ['Accepted', []]);
      });
    });

    it('find their token when they are told long after, if they began in time', async () => {
      await authorize();
      await bench.database.pool.query(`update csms.start_intents set status = 'expired' where station_id = $1`, [
        station,
      ]);
      const receivedAt = instant(Date.parse('2026-03-02T12:00:00Z'));
      const { idTokenInfo } = await report('started', { ...begun, receivedAt, more: ours });
      assert.equal(idTokenInfo?.status, 'Accepted');
      assert.equal((await only()).idToken, 'CARD');
    });

    it('answer the same when they are told again', async () => {
      await authorize();
      const first = await report('started', { ...begun, more: ours });
      assert.deepEqual(await report('started', { ...begun, more: ours }), first);
    });

    it('take the newest name when a card is shown again', async () => {
      await authorize(shown(58), 'OLD');
      await authorize(shown(59), SERIAL);
      assert.equal((await report('started', { ...begun, more: ours })).idTokenInfo?.status, 'Accepted');
      assert.equal((await report('ended', { ...endAt(1, 20, 0), name: SERIAL })).idTokenInfo, undefined);
      const other = await report('started', { ...begun, name: 'OLD', more: ours });
      assert.deepEqual([other.idTokenInfo?.status, other.nameUnknown], ['Invalid', undefined]);
    });
  });

  it('do not take reports that do not say their place', async () => {
    const unnamed: TransactionReport = {
      origin: originOf(station, bench.clock.now()),
      timestamp: { text: '', at: null },
      readings: [],
    };
    await assert.rejects(bench.service.transactionUpdated(unnamed), /place among the reports/);
  });
});
