import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { SiteView, StationView, TransactionView } from '@voltpile/csms/contract/operator-ports';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { RollUpView } from '../contract/live.ts';
import { operationsMigrations } from '../persistence/migrations.ts';
import { createLive, type Live } from './service.ts';

const notFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');
const NOW = '2026-05-01T12:00:00.000Z';

describe('the live picture', () => {
  const [organizationId, shanghai, berlin] = [uuidv7(), uuidv7(), uuidv7()];
  let test: TestDatabase;
  let clock: FakeClock;
  let live: Live;
  let number = 0;
  /** What the stations' domain knows. */
  let known: Map<string, Partial<StationView>>;
  let active: Partial<TransactionView>[];

  beforeEach(async () => {
    test = await createTestDatabase({ migrations: [operationsMigrations] });
    clock = new FakeClock(NOW);
    known = new Map();
    active = [];
    number = 0;
    const view = (id: string): StationView => {
      const station = known.get(id);
      if (station === undefined) throw notFound({ stationId: id });
      return {
        id,
        organizationId,
        siteId: shanghai,
        online: false,
        connectors: [],
        registrationStatus: 'Accepted',
        ...station,
      } as StationView;
    };
    const site = (id: Uuid, name: string, timeZone: string) => ({ id, organizationId, name, timeZone }) as SiteView;
    live = createLive({
      knex: test.knex,
      clock,
      ports: {
        sites: {
          listSites: async (scope) => ({
            items: [site(shanghai, 'Bund', 'Asia/Shanghai'), site(berlin, 'Mitte', 'Europe/Berlin')].filter(
              ({ id }) => scope.kind !== 'sites' || scope.siteIds.includes(id),
            ),
            nextCursor: null,
          }),
        },
        stations: {
          get: async (_scope, id) => view(id),
          // Two pages at least, where there are two stations.
          list: async (_scope, _filter, { cursor }) => {
            const ids = [...known.keys()].sort().filter((id) => cursor === undefined || id > cursor);
            return { items: ids.slice(0, 1).map(view), nextCursor: ids.length > 1 ? (ids[0] as string) : null };
          },
        },
        transactions: {
          list: async (_scope, { stationId }) => ({
            items: active.filter((one) => one.stationId === stationId) as TransactionView[],
            nextCursor: null,
          }),
        },
      },
    });
  });
  afterEach(() => test.dispose());

  const event = (stationId: string, type: DomainEventType, data: object, siteId: Uuid = shanghai): DomainEvent => ({
    id: String(++number),
    type,
    recordedAt: instant(clock.now()),
    organizationId,
    siteId,
    stationId,
    data: data as Record<string, unknown>,
  });
  const connected = (id: string, siteId: Uuid = shanghai): DomainEvent[] => {
    known.set(id, { siteId });
    return [
      event(id, 'station.connected', { epoch: 1, protocol: 'ocpp2.0.1', connectedAt: NOW }, siteId),
      event(
        id,
        'connector.status-changed',
        { evseId: 1, connectorId: 1, status: 'Available', statusAt: NOW, current: true },
        siteId,
      ),
    ];
  };
  const charge = (id: string, transactionId: Uuid): DomainEvent[] => [
    event(id, 'transaction.started', { transactionId, evseId: 1, startedAt: NOW, meterStartWh: 0 }),
    event(id, 'transaction.metered', { transactionId, evseId: 1, timestamp: NOW, meterWh: 500, powerW: 7000 }),
  ];
  const end = (
    id: string,
    transactionId: Uuid,
    energyWh: number | null,
    endedAt = NOW,
    siteId: Uuid = shanghai,
  ): DomainEvent => event(id, 'transaction.ended', { transactionId, evseId: 1, endedAt, energyWh }, siteId);
  const price = (id: string, transactionId: Uuid, amount: string, isFinal = true): DomainEvent =>
    event(id, 'transaction.cost-changed', { transactionId, cost: { amount, currency: 'CNY' }, isFinal });
  const today = async (scope: AccessScope = EVERYTHING): Promise<RollUpView['today']> =>
    (await live.port.fleet(scope)).today;

  it('follows what stations tell, once, however often it comes', async () => {
    const id = uuidv7();
    const events = [...connected('CP-1'), ...charge('CP-1', id)];
    for (const batch of [events.slice(0, 2), events, events.slice(1)]) await live.follow(batch);
    const station = await live.port.station(EVERYTHING, 'CP-1');
    assert.equal(station.state, 'charging');
    assert.equal(station.powerW, 7000);
    assert.equal(station.link.connectsLastHour, 1);
    assert.deepEqual(
      station.charges.map(({ transactionId, energyWh }) => [transactionId, energyWh]),
      [[id, 500]],
    );
    await assert.rejects(live.port.station(EVERYTHING, 'CP-2'), notFound.is);
  });

  it('begins with what is known already, of stations that have told nothing since', async () => {
    const connectors = [
      { evseId: 2, connectorId: 1, status: 'Reserved', statusDetail: null, errorCode: null, statusAt: NOW },
    ] as const;
    known.set('OLD-1', { online: true, protocol: 'ocpp1.6', connectors });
    known.set('OLD-2', {});
    active.push({
      id: uuidv7(),
      stationId: 'OLD-1',
      evseId: 1,
      startedAt: NOW,
      meterStartWh: 100,
      energyWh: 50,
      cost: null,
      chargingState: null,
    });
    const transactionId = active[0]?.id as Uuid;
    await live.follow([
      event('OLD-1', 'transaction.metered', { transactionId, timestamp: NOW, meterWh: 400, powerW: 1000 }),
    ]);
    const [job] = live.jobs;
    await job?.run(new AbortController().signal);
    await job?.run(new AbortController().signal);
    const { items } = await live.port.stations(EVERYTHING, {}, { limit: 10 });
    assert.deepEqual(
      items.map(({ id, state }) => [id, state]),
      [
        ['OLD-1', 'charging'],
        ['OLD-2', 'offline'],
      ],
    );
    assert.equal(items[0]?.charges[0]?.energyWh, 300);
    assert.deepEqual(
      items[0]?.evses.map(({ evseId, state }) => [evseId, state]),
      [
        [1, 'charging'],
        [2, 'reserved'],
      ],
    );
  });

  it('has the newest of what a charge told, in one batch or in many', async () => {
    for (const isOneBatch of [true, false]) {
      const [stationId, transactionId] = [`CP-${isOneBatch}`, uuidv7()];
      const metered = (timestamp: string, more: object): DomainEvent =>
        event(stationId, 'transaction.metered', { transactionId, evseId: 1, timestamp, ...more });
      const events = [
        ...connected(stationId),
        event(stationId, 'transaction.started', { transactionId, evseId: 1, startedAt: NOW, meterStartWh: 1000 }),
        metered('2026-05-01T12:01:00.000Z', { meterWh: 1500.5, powerW: 11_000, socPercent: 40 }),
        metered('2026-05-01T12:02:00.000Z', { meterWh: 1700, powerW: null, socPercent: null }),
        // Told late.
        metered('2026-05-01T12:00:30.000Z', { meterWh: 1100, powerW: 3 }),
        price(stationId, transactionId, '0.35', false),
        event(stationId, 'transaction.updated', { transactionId, status: 'active', chargingState: 'SuspendedEV' }),
      ];
      for (const batch of isOneBatch ? [events] : events.map((one) => [one])) await live.follow(batch);
      const told = async () => (await live.port.station(EVERYTHING, stationId)).charges;
      assert.deepEqual(await told(), [
        {
          transactionId,
          evseId: 1,
          startedAt: NOW,
          chargingState: 'SuspendedEV',
          energyWh: 700,
          powerW: 11_000,
          socPercent: 40,
          meteredAt: '2026-05-01T12:02:00.000Z',
          isStale: false,
          cost: { amount: '0.35', currency: 'CNY' },
        },
      ]);
      await live.follow([metered('2026-05-01T12:03:00.000Z', { meterWh: null, energyWh: 900 })]);
      assert.equal((await told())[0]?.energyWh, 900);
      await live.follow([end(stationId, transactionId, 900), metered('2026-05-01T12:04:00.000Z', { powerW: 5 })]);
      assert.deepEqual(await told(), []);
      // From a process that is behind.
      await live.follow(events);
      assert.deepEqual(await told(), []);
      assert.equal((await test.knex.withSchema('operations').from('live_charges')).length, 0);
    }
  });

  it('forgets a station that is removed, and begins anew when it comes back', async () => {
    await live.follow(connected('CP-1'));
    await live.follow([event('CP-1', 'station.updated', { removed: true })]);
    await assert.rejects(live.port.station(EVERYTHING, 'CP-1'), notFound.is);
    known.delete('CP-1');
    await live.follow([event('CP-1', 'station.disconnected', { epoch: 1 })]);
    await assert.rejects(live.port.station(EVERYTHING, 'CP-1'), notFound.is);
    await live.follow([event('CP-1', 'station.registered', {}), ...connected('CP-1')]);
    assert.equal((await live.port.station(EVERYTHING, 'CP-1')).state, 'available');
  });

  it('lists stations by identity, in pages, by site, state and a part of the name', async () => {
    for (const [id, siteId] of [
      ['b-1', berlin],
      ['A-2', shanghai],
      ['A-1', shanghai],
    ] as const)
      await live.follow(connected(id, siteId));
    const ids = async (filter: object, scope: AccessScope = EVERYTHING): Promise<string[]> =>
      (await live.port.stations(scope, filter, { limit: 10 })).items.map(({ id }) => id);
    assert.deepEqual(await ids({}), ['A-1', 'A-2', 'b-1']);
    assert.deepEqual(await ids({ search: 'B' }), ['b-1']);
    assert.deepEqual(await ids({ siteId: shanghai }), ['A-1', 'A-2']);
    assert.deepEqual(await ids({ state: 'faulted' }), []);
    assert.deepEqual(await ids({ state: 'available', search: '\u0000' }), []);
    assert.deepEqual(await ids({}, { kind: 'sites', siteIds: [berlin] }), ['b-1']);
    assert.deepEqual(await ids({}, { kind: 'organizations', organizationIds: [uuidv7()] }), []);
    const first = await live.port.stations(EVERYTHING, {}, { limit: 2 });
    const second = await live.port.stations(EVERYTHING, {}, { limit: 2, cursor: first.nextCursor as string });
    assert.deepEqual([second.items.map(({ id }) => id), second.nextCursor], [['b-1'], null]);
  });

  it('sums up sites and all of the fleet', async () => {
    const id = uuidv7();
    await live.follow([
      ...connected('CP-1'),
      ...charge('CP-1', id),
      ...connected('CP-2', berlin),
      ...connected('CP-3'),
    ]);
    await live.follow([event('CP-3', 'station.disconnected', { epoch: 1 })]);
    const fleet = await live.port.fleet(EVERYTHING);
    assert.deepEqual(fleet.stations, { total: 3, online: 2, offline: 1, stale: 0 });
    assert.deepEqual(
      [fleet.evses.total, fleet.evses.charging, fleet.evses.available, fleet.evses.offline],
      [3, 1, 1, 1],
    );
    assert.deepEqual([fleet.charges, fleet.powerW], [1, 7000]);
    const { items } = await live.port.sites(EVERYTHING, { limit: 10 });
    assert.deepEqual(
      items.map(({ name, since, stations, powerW }) => [name, since, stations.total, powerW]),
      [
        ['Bund', '2026-04-30T16:00:00.000Z', 2, 7000],
        ['Mitte', '2026-04-30T22:00:00.000Z', 1, 0],
      ],
    );
    assert.equal((await live.port.fleet({ kind: 'sites', siteIds: [berlin] })).stations.total, 1);
    assert.equal((await live.port.fleet({ kind: 'sites', siteIds: [] })).stations.total, 0);
    clock.advance(11 * 60_000);
    assert.equal((await live.port.fleet(EVERYTHING)).stations.stale, 1);
    assert.equal((await live.port.station(EVERYTHING, 'CP-1')).charges[0]?.isStale, true);
  });

  it('counts the charges of the day, each once, at its last end and price', async () => {
    await live.follow(connected('CP-1'));
    const [one, two, yesterday] = [uuidv7(), uuidv7(), uuidv7()];
    await live.follow([
      ...charge('CP-1', one),
      price('CP-1', one, '1.10', false),
      end('CP-1', one, 1000),
      price('CP-1', one, '1.20'),
      end('CP-1', two, null),
      // Midnight of Shanghai was at 16:00 UTC.
      end('CP-1', yesterday, 9000, '2026-04-30T15:59:59.000Z'),
    ]);
    assert.deepEqual(await today(), { sessions: 2, energyWh: 1000, revenue: [{ amount: '1.20', currency: 'CNY' }] });
    // The first end was only estimated, and the price is corrected.
    await live.follow([end('CP-1', one, 1500.5)]);
    await live.follow([price('CP-1', one, '1.80')]);
    assert.deepEqual(await today(), { sessions: 2, energyWh: 1500.5, revenue: [{ amount: '1.80', currency: 'CNY' }] });
    assert.equal((await today({ kind: 'sites', siteIds: [berlin] })).sessions, 0);
    clock.advance(86_400_000);
    assert.deepEqual(await today(), { sessions: 0, energyWh: 0, revenue: [] });
    const count = async () => (await test.knex.withSchema('operations').from('sessions')).length;
    const drop = () => live.jobs[1]?.run(new AbortController().signal);
    await drop();
    assert.equal(await count(), 3);
    clock.advance(35 * 86_400_000);
    await drop();
    assert.equal(await count(), 0);
  });

  it('waits for the stations’ domain where that cannot be asked, and loses nothing', async () => {
    const events = connected('CP-1');
    const { get } = known;
    known.get = () => {
      throw new Error('away');
    };
    await assert.rejects(live.follow(events), /away/);
    known.get = get;
    await live.follow(events);
    assert.equal((await live.port.station(EVERYTHING, 'CP-1')).state, 'available');
  });
});
