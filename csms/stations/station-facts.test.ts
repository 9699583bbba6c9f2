import assert from 'node:assert/strict';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { databaseUnavailable } from '@voltpile/platform/database/connection';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { BootReport, ConnectorStatusReport, StationPort } from '../contract/station-port.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { badConnector } from './connector-status-changed.ts';
import { stationUnknown } from './station-writer.ts';

const FACTS = {
  vendor: 'Volta',
  model: 'Pile 1',
  serialNumber: 'SN1',
  firmwareVersion: '1.0',
  iccid: null,
  imsi: null,
  meterType: null,
  meterSerialNumber: null,
};

describe('what stations say of themselves', () => {
  let bench: CsmsBench;
  let port: StationPort;
  const dice = { next: 0.5 };

  before(async () => {
    bench = await createCsmsBench({ random: () => dice.next });
    port = bench.csms.stationPort;
  });
  after(() => bench[Symbol.asyncDispose]());

  const boot = (admitted: Admitted, more: Partial<BootReport> = {}) =>
    port.booted({ origin: bench.origin(admitted), ...FACTS, ...more });
  const claimed = (at: number) => ({ text: toIso(instant(at)), at: instant(at) });
  const status = (admitted: Admitted, more: Partial<ConnectorStatusReport> = {}) =>
    port.connectorStatusChanged({
      origin: bench.origin(admitted),
      evseId: 1,
      connectorId: 1,
      status: 'Available',
      detail: 'Available',
      ...more,
    });
  const stationOf = (id: string) => bench.csms.operatorPorts.stations.get(EVERYTHING, id);
  const told = async (id: string, type: string) =>
    (await bench.events()).filter((event) => event.stationId === id && event.type === type).map(({ data }) => data);

  describe('boot', () => {
    it('stores the facts and tells the heartbeat interval', async () => {
      const admitted = await bench.connect('BOOT');
      assert.deepEqual(await boot(admitted), {
        status: 'Accepted',
        currentTime: bench.clock.now(),
        intervalSeconds: 300,
      });
      const view = await stationOf('BOOT');
      assert.deepEqual([view.vendor, view.model, view.firmwareVersion], ['Volta', 'Pile 1', '1.0']);
      assert.equal(view.lastBootAt, toIso(bench.clock.now()));
      await bench.csms.operatorPorts.stations.update(EVERYTHING, 'BOOT', { heartbeatIntervalSeconds: 17 });
      assert.equal((await boot(admitted, { firmwareVersion: '1.1' })).intervalSeconds, 17);
      assert.deepEqual(
        (await told('BOOT', 'station.booted')).map(({ firmwareVersion }) => firmwareVersion),
        ['1.0', '1.1'],
      );
      const reports = await bench.rows(`select 1 from csms.station_reports where kind = 'boot' and station_id = $1`, [
        admitted.station,
      ]);
      assert.equal(reports.length, 2);
    });

    it('makes stations that are not accepted ask again, spread over time and never at once', async () => {
      const admitted = await bench.connect('WAITING');
      for (const [registrationStatus, random, intervalSeconds] of [
        ['Pending', 0, 54],
        ['Pending', 0.5, 60],
        ['Rejected', 0.999, 66],
      ] as const) {
        await bench.csms.operatorPorts.stations.update(EVERYTHING, 'WAITING', { registrationStatus });
        dice.next = random;
        assert.deepEqual(await boot(admitted), {
          status: registrationStatus,
          currentTime: bench.clock.now(),
          intervalSeconds,
        });
      }
    });

    it('takes texts that are too long or that no database can hold', async () => {
      const admitted = await bench.connect('ODD');
      await boot(admitted, {
        vendor: 'V'.repeat(1000),
        model: 'a\u0000b\ud800',
        origin: bench.origin(admitted, { oddities: ['schema:/x'] }),
      });
      const view = await stationOf('ODD');
      assert.equal(view.vendor?.length, 255);
      assert.equal(view.model, 'a\ufffdb\ufffd');
      assert.deepEqual((await told('ODD', 'station.booted'))[0]?.flags, ['schema:/x', 'text-cut:vendor']);
    });
  });

  describe('connector status', () => {
    it('is kept once and shown on the connector', async () => {
      const admitted = await bench.connect('STATUS');
      const at = bench.clock.now() - 5000;
      const report = {
        status: 'Faulted',
        detail: 'Faulted',
        errorCode: 'GroundFailure',
        info: 'wet',
        vendorId: 'V',
        vendorErrorCode: 'E1',
        timestamp: claimed(at),
      } as const;
      await status(admitted, report);
      bench.clock.advance(1000);
      await status(admitted, report);
      assert.deepEqual((await stationOf('STATUS')).connectors, [
        {
          evseId: 1,
          connectorId: 1,
          status: 'Faulted',
          statusDetail: 'Faulted',
          errorCode: 'GroundFailure',
          statusAt: toIso(instant(at)),
        },
      ]);
      const events = await told('STATUS', 'connector.status-changed');
      assert.equal(events.length, 1);
      assert.deepEqual(
        [events[0]?.status, events[0]?.errorCode, events[0]?.current, events[0]?.flags],
        ['Faulted', 'GroundFailure', true, []],
      );
    });

    it('is ordered by the time of the event, however late others arrive', async () => {
      const admitted = await bench.connect('ORDER');
      const now = bench.clock.now();
      await status(admitted, { status: 'Occupied', detail: 'Charging', timestamp: claimed(now - 10_000) });
      await status(admitted, { status: 'Occupied', detail: 'Preparing', timestamp: claimed(now - 3_600_000) });
      assert.equal((await stationOf('ORDER')).connectors[0]?.statusDetail, 'Charging');
      // Stations count in seconds: of two reports of the same second the later one stands …
      await status(admitted, { status: 'Occupied', detail: 'Finishing', timestamp: claimed(now - 10_000) });
      assert.equal((await stationOf('ORDER')).connectors[0]?.statusDetail, 'Finishing');
      // … and a repetition of the earlier one changes nothing.
      await status(admitted, { status: 'Occupied', detail: 'Charging', timestamp: claimed(now - 10_000) });
      assert.equal((await stationOf('ORDER')).connectors[0]?.statusDetail, 'Finishing');
      assert.deepEqual(
        (await told('ORDER', 'connector.status-changed')).map(({ statusDetail, current }) => [statusDetail, current]),
        [
          ['Charging', true],
          ['Preparing', false],
          ['Finishing', true],
        ],
      );
      const { stations } = bench.csms.operatorPorts;
      const first = await stations.statusHistory(EVERYTHING, 'ORDER', { limit: 2 });
      const rest = await stations.statusHistory(EVERYTHING, 'ORDER', { limit: 2, cursor: first.nextCursor ?? '' });
      assert.deepEqual(
        [...first.items, ...rest.items].map(({ statusDetail }) => statusDetail),
        ['Finishing', 'Preparing', 'Charging'],
      );
      assert.equal(rest.nextCursor, null);
    });

    it('makes EVSEs when they are first seen; EVSE 0 is the station', async () => {
      const admitted = await bench.connect('EVSES');
      await status(admitted, { evseId: 2, connectorId: 1 });
      await status(admitted, { evseId: 0, connectorId: 0 });
      await status(admitted, { evseId: 2, connectorId: 2, detail: 'Reserved', status: 'Reserved' });
      const { connectors } = await stationOf('EVSES');
      assert.deepEqual(
        connectors.map(({ evseId, connectorId, status: is }) => [evseId, connectorId, is]),
        [
          [0, 0, 'Available'],
          [2, 1, 'Available'],
          [2, 2, 'Reserved'],
        ],
      );
      const evses = await bench.rows('select evse_id from csms.evses where station_id = $1 order by 1', [
        admitted.station,
      ]);
      assert.deepEqual(evses, [{ evse_id: 0 }, { evse_id: 2 }]);
      for (const evseId of [-1, 1001, 1.5]) await assert.rejects(status(admitted, { evseId }), badConnector.is);
      await assert.rejects(status(admitted, { connectorId: 1_000_000 }), badConnector.is);
    });

    it('copes with missing, unreadable, absurd and shifted times', async () => {
      const admitted = await bench.connect('TIMES');
      const now = bench.clock.now();
      const cases: [Partial<ConnectorStatusReport>, number, string[]][] = [
        [{}, now, []],
        [{ timestamp: { text: 'yesterday', at: null } }, now, ['time-missing']],
        [{ timestamp: claimed(0) }, now, ['clock-unreliable']],
        [{ timestamp: { text: '+099999', at: instant(8e15) } }, now, ['time-missing']],
        [
          { timestamp: claimed(now + 120_000), origin: bench.origin(admitted, { clockOffsetMs: 120_000 }) },
          now,
          ['clock-corrected'],
        ],
      ];
      for (const [index, [more, at, flags]] of cases.entries()) {
        await status(admitted, { ...more, evseId: index + 1, detail: `D${index}` });
        const [row] = await bench.rows(
          'select effective_at, flags from csms.connector_statuses where station_id = $1 and evse_id = $2',
          [admitted.station, index + 1],
        );
        assert.deepEqual(row, { effective_at: new Date(at), flags }, String(index));
      }
    });

    it('of many stations shares commits', async () => {
      const admitted = await Promise.all(Array.from({ length: 20 }, (_, index) => bench.connect(`MANY${index}`)));
      await Promise.all(
        admitted.flatMap((each) => [
          status(each, { detail: 'Preparing', status: 'Occupied' }),
          status(each, { detail: 'Charging', status: 'Occupied' }),
          boot(each),
        ]),
      );
      const rows = await bench.rows(
        `select status_detail from csms.connectors c join csms.stations s on s.id = c.station_id where identity like 'MANY%'`,
      );
      assert.deepEqual(rows, Array(20).fill({ status_detail: 'Charging' }));
    });
  });

  describe('presence', () => {
    it('is written now and then, never back in time', async () => {
      await using own = await createCsmsBench();
      const admitted = await own.connect('SEEN');
      own.clock.advance(10_000);
      const last = own.clock.now();
      await own.csms.stationPort.heartbeat(own.origin(admitted));
      await own.csms.stationPort.heartbeat(own.origin(admitted, { receivedAt: (last - 5000) as Instant }));
      const seenAt = async () => (await own.rows('select last_seen_at from csms.stations'))[0]?.last_seen_at;
      assert.equal(await seenAt(), null);
      await own.csms.stop();
      assert.deepEqual(await seenAt(), new Date(last));
    });

    it('opens again what was closed with a gateway that only seemed to be gone', async () => {
      await using own = await createCsmsBench();
      const { stationPort, connections } = own.csms;
      const [heard, early, moved] = [
        await own.connect('HEARD', { nodeId: 'one' }),
        await own.connect('EARLY', { nodeId: 'one' }),
        await own.connect('MOVED', { nodeId: 'one' }),
      ];
      await own.connect('SILENT', { nodeId: 'one' });
      const before = own.origin(early);
      own.clock.advance(10_000);
      assert.equal(await connections.closeLostNode('one'), 4);
      own.clock.advance(10_000);
      await own.admit('MOVED', { nodeId: 'two' });
      await stationPort.disconnected(moved.station, moved.epoch + 1, 'closed');
      for (const origin of [own.origin(heard), before, own.origin(moved)]) await stationPort.heartbeat(origin);
      await own.csms.stop();

      const open = await own.rows(
        `select s.identity, c.epoch::int, c.disconnected_at is null as open, c.disconnect_reason as reason
         from csms.connections c join csms.stations s on s.id = c.station_id order by s.identity`,
      );
      assert.deepEqual(open, [
        { identity: 'EARLY', epoch: 1, open: false, reason: 'its gateway is gone' },
        { identity: 'HEARD', epoch: 1, open: true, reason: null },
        { identity: 'MOVED', epoch: 2, open: false, reason: 'closed' },
        { identity: 'SILENT', epoch: 1, open: false, reason: 'its gateway is gone' },
      ]);
      const told = (await own.events()).filter(({ stationId }) => stationId === 'HEARD');
      assert.deepEqual(
        told.map(({ type }) => type),
        ['station.registered', 'station.connected', 'station.disconnected', 'station.connected'],
      );
      assert.deepEqual(told.at(-1)?.data, told.at(1)?.data);
    });

    it('opens again what was closed since another gateway had begun under the same name', async () => {
      await using own = await createCsmsBench();
      const { stationPort } = own.csms;
      const [heard, before] = [
        await own.connect('HEARD', { nodeId: 'one' }),
        await own.connect('BEFORE', { nodeId: 'one' }),
      ];
      await stationPort.gatewayStarted('one');
      // By a clock that is a little ahead.
      own.clock.advance(5000);
      await stationPort.heartbeat(own.origin(before));
      own.clock.advance(10_000);
      await stationPort.heartbeat(own.origin(heard));
      await own.csms.stop();
      assert.deepEqual(
        await own.rows(
          `select s.identity, c.disconnected_at is null as open
           from csms.connections c join csms.stations s on s.id = c.station_id order by s.identity`,
        ),
        [
          { identity: 'BEFORE', open: false },
          { identity: 'HEARD', open: true },
        ],
      );
    });

    it('keeps closed what ended before anybody wrote that it was heard', async () => {
      await using own = await createCsmsBench();
      const { stationPort, connections } = own.csms;
      const admitted = await own.connect('ENDED', { nodeId: 'one' });
      await connections.closeLostNode('one');
      own.clock.advance(1000);
      await stationPort.heartbeat(own.origin(admitted));
      await stationPort.disconnected(admitted.station, admitted.epoch, 'closed by the station');
      await own.csms.stop();
      const [row] = await own.rows('select disconnect_reason from csms.connections');
      assert.equal(row?.disconnect_reason, 'closed by the station');
    });
  });

  it('is refused for stations that do not exist', async () => {
    await assert.rejects(port.disconnected(uuidv7(), 1, 'closed'), stationUnknown.is);
    await assert.rejects(port.booted({ origin: bench.origin({ station: uuidv7(), epoch: 1 }), ...FACTS }));
  });

  it('fails alone when one of a batch is bad', async () => {
    const admitted = await bench.connect('GOOD');
    const ghost = { station: uuidv7(), epoch: 1 };
    const [bad, good] = await Promise.allSettled([
      port.booted({ origin: bench.origin(ghost), ...FACTS }),
      boot(admitted),
    ]);
    assert.equal(bad.status, 'rejected');
    assert.equal(good.status, 'fulfilled');
  });

  it('is stored again after the database was away', async () => {
    const admitted = await bench.connect('AWAY');
    await bench.test.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    for (;;) {
      try {
        await status(admitted);
        break;
      } catch (error) {
        assert.ok(databaseUnavailable.is(error), String(error));
      }
    }
    assert.equal((await stationOf('AWAY')).connectors.length, 1);
  });
});
