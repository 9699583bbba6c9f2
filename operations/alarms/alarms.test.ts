import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { AlarmView } from '../contract/alarms.ts';
import { storeStations } from '../live/persistence/live-repository.ts';
import type { StationPicture } from '../live/picture.ts';
import { blankPicture } from '../live/testing/blank-picture.ts';
import { operationsMigrations } from '../persistence/migrations.ts';
import { alarmCleared, alarmNotFound } from './alarms-service.ts';
import { checkStations } from './check-stations.ts';
import { type Alarms, createAlarms } from './service.ts';

const NOW = '2026-05-01T12:00:00.000Z';
const settings = { offlineSeconds: 10, stuckSeconds: 1800 };

describe('alarms', () => {
  const [organizationId, siteId] = [uuidv7(), uuidv7()];
  let test: TestDatabase;
  let clock: FakeClock;
  let alarms: Alarms;
  let number: bigint;

  beforeEach(async () => {
    test = await createTestDatabase({ migrations: [operationsMigrations] });
    clock = new FakeClock(NOW);
    number = 0n;
    const logger = createLogger({ level: 'info', format: 'json', write: () => {} });
    alarms = createAlarms({ knex: test.knex, clock, logger, settings });
  });
  afterEach(async () => {
    await alarms.stop();
    await test.dispose();
  });

  /** The station tells something, and is looked at. */
  async function tell(stationId: string, more: Partial<StationPicture>): Promise<void> {
    number += 1n;
    const picture = { ...blankPicture(), isOnline: true, ...more };
    await storeStations(test.knex, [
      { stationId, organizationId, siteId, lastEventId: number, changedAt: clock.now(), picture },
    ]);
    await look();
  }
  async function look(): Promise<void> {
    while ((await checkStations({ knex: test.knex, clock, settings })) > 0);
  }
  const lost = () => ({
    isOnline: false,
    disconnectedAt: new Date(clock.now()).toISOString(),
    disconnectReason: 'idle',
  });
  const faulted = () => {
    const at = new Date(clock.now()).toISOString();
    const told = {
      status: 'Faulted',
      statusDetail: 'Faulted',
      errorCode: 'GroundFailure',
      vendorErrorCode: 'E7',
      info: null,
      statusAt: at,
      toldAt: at,
    } as const;
    return { evses: { 1: { 1: told } } };
  };
  const list = async (filter: object = {}, scope: AccessScope = EVERYTHING): Promise<AlarmView[]> =>
    (await alarms.port.list(scope, filter, { limit: 100 })).items;
  const only = async (): Promise<AlarmView> => {
    const all = await list();
    assert.equal(all.length, 1);
    return all[0] as AlarmView;
  };
  const kindsOf = async (id: Uuid): Promise<string[]> =>
    (await alarms.port.notes(EVERYTHING, id, { limit: 100 })).items.map(({ kind }) => kind).reverse();
  const by = 'ann@example.com';

  it('are raised when what is wrong has lasted, and cleared when it is over', async () => {
    await tell('CP-1', lost());
    assert.deepEqual(await list(), []);
    clock.advance(10_000);
    await look();
    const raised = await only();
    assert.deepEqual(
      [raised.code, raised.severity, raised.status, raised.title, raised.stationId, raised.occurrences],
      ['station.offline', 'major', 'active', 'Not connected', 'CP-1', 1],
    );
    assert.deepEqual(raised.detail, { reason: 'idle', since: NOW });
    await look();
    assert.equal((await only()).occurrences, 1);
    await tell('CP-1', {});
    const cleared = await only();
    assert.deepEqual(
      [cleared.status, cleared.isPresent, cleared.clearedAt],
      ['cleared', false, '2026-05-01T12:00:10.000Z'],
    );
    assert.deepEqual(await kindsOf(raised.id), ['raised', 'cleared']);
  });

  it('are not raised by who is back in time', async () => {
    await tell('CP-1', lost());
    clock.advance(9000);
    await tell('CP-1', {});
    clock.advance(60_000);
    await look();
    assert.deepEqual(await list(), []);
  });

  it('are one, of what comes and goes, and stay acknowledged', async () => {
    for (let time = 0; time < 50; time++) {
      await tell('CP-1', lost());
      clock.advance(15_000);
      await look();
      if (time === 0) {
        const acknowledged = await alarms.port.acknowledge(EVERYTHING, (await only()).id, { by, text: 'Going there' });
        assert.equal(acknowledged.acknowledgedBy, by);
        // A second time changes nothing.
        clock.advance(5000);
        const again = await alarms.port.acknowledge(EVERYTHING, acknowledged.id, { by: 'bob@example.com', text: null });
        assert.deepEqual(again, acknowledged);
      }
      await tell('CP-1', {});
      clock.advance(15_000);
    }
    const alarm = await only();
    assert.deepEqual([alarm.occurrences, alarm.raisedAt, alarm.acknowledgedBy], [50, '2026-05-01T12:00:15.000Z', by]);
    // A day later it is another one.
    clock.advance(86_400_000);
    await tell('CP-1', lost());
    clock.advance(15_000);
    await look();
    const [newest, ...others] = await list();
    assert.deepEqual([newest?.occurrences, newest?.acknowledgedAt, others.length], [1, null, 1]);
  });

  it('are told apart by place, and keep what the station said', async () => {
    await tell('CP-1', faulted());
    await tell('CP-2', faulted());
    const [two, one] = await list();
    assert.deepEqual(
      [one?.stationId, one?.evseId, one?.connectorId, one?.code],
      ['CP-1', 1, 1, 'fault.ground-failure'],
    );
    assert.deepEqual(one?.detail, { errorCode: 'GroundFailure', vendorErrorCode: 'E7', info: null, since: NOW });
    assert.equal(two?.severity, 'critical');
    // Lost on top of it: the fault may still be there.
    await tell('CP-1', { ...faulted(), ...lost() });
    clock.advance(10_000);
    await look();
    assert.deepEqual((await list({ stationId: 'CP-1', status: 'active' })).map(({ code }) => code).sort(), [
      'fault.ground-failure',
      'station.offline',
    ]);
  });

  it('that a person has cleared stay so until they begin again', async () => {
    await tell('CP-1', faulted());
    const { id } = await only();
    const cleared = await alarms.port.clear(EVERYTHING, id, { by, text: 'Known, part is ordered' });
    assert.deepEqual([cleared.status, cleared.isPresent], ['cleared', true]);
    await assert.rejects(alarms.port.clear(EVERYTHING, id, { by, text: 'Again' }), alarmCleared.is);
    await assert.rejects(alarms.port.acknowledge(EVERYTHING, id, { by, text: null }), alarmCleared.is);
    await tell('CP-1', faulted());
    assert.equal((await only()).status, 'cleared');
    await tell('CP-1', {});
    assert.deepEqual([(await only()).isPresent, (await only()).clearedAt], [false, cleared.clearedAt]);
    await tell('CP-1', faulted());
    assert.deepEqual([(await only()).status, (await only()).occurrences], ['active', 2]);
    assert.deepEqual(await kindsOf(id), ['raised', 'cleared', 'reopened']);
  });

  it('are for somebody, and written to', async () => {
    await tell('CP-1', faulted());
    const { id } = await only();
    const assigned = await alarms.port.assign(EVERYTHING, id, {
      by,
      text: 'On your way home?',
      assignedTo: 'bob@example.com',
    });
    assert.equal(assigned.assignedTo, 'bob@example.com');
    await alarms.port.addNote(EVERYTHING, id, { by, text: 'Rain got in.' });
    const { items } = await alarms.port.notes(EVERYTHING, id, { limit: 2 });
    assert.deepEqual(
      items.map((note) => [note.kind, note.by, note.text]),
      [
        ['note', by, 'Rain got in.'],
        ['assigned', by, 'bob@example.com: On your way home?'],
      ],
    );
    assert.equal((await list({ assignedTo: 'bob@example.com' })).length, 1);
    const stranger: AccessScope = { kind: 'sites', siteIds: [uuidv7()] };
    await assert.rejects(alarms.port.get(stranger, id), alarmNotFound.is);
    await assert.rejects(alarms.port.addNote(stranger, id, { by, text: 'Me, too' }), alarmNotFound.is);
    await assert.rejects(alarms.port.get(EVERYTHING, 'nothing'), alarmNotFound.is);
  });

  it('are listed in pages, by all that they are', async () => {
    for (const id of ['CP-1', 'CP-2', 'CP-3']) {
      await tell(id, faulted());
      clock.advance(1);
    }
    const first = await alarms.port.list(EVERYTHING, {}, { limit: 2 });
    const second = await alarms.port.list(EVERYTHING, {}, { limit: 2, cursor: first.nextCursor as string });
    const ids = [...first.items, ...second.items].map(({ stationId }) => stationId);
    assert.deepEqual([ids, second.nextCursor], [['CP-3', 'CP-2', 'CP-1'], null]);
    assert.equal((await list({ severity: 'minor' })).length, 0);
    assert.equal((await list({ code: 'fault.ground-failure', siteId, acknowledged: false })).length, 3);
    assert.equal((await list({ acknowledged: true })).length, 0);
    assert.equal((await list({ stationId: '\u0000' })).length, 0);
    await assert.rejects(alarms.port.list(EVERYTHING, {}, { limit: 2, cursor: 'made-up' }), /cursor/);
  });

  it('are raised by time alone, by a loop that rests until then', async () => {
    const charge = { evseId: 1, startedAt: NOW, toldAt: NOW };
    await tell('CP-1', { charges: { [uuidv7()]: charge } });
    assert.deepEqual(await list(), []);
    clock.advance(600_000);
    await look();
    assert.equal((await only()).code, 'charge.silent');
    await tell('CP-1', {});
    assert.equal((await only()).status, 'cleared');
  });

  it('end with a station that is removed, and are not kept for ever', async () => {
    await tell('CP-1', faulted());
    await test.knex.withSchema('operations').from('live_stations').delete();
    const [endStray, dropOld] = alarms.jobs;
    const { signal } = new AbortController();
    await endStray?.run(signal);
    const { id, status } = await only();
    assert.equal(status, 'cleared');
    const { items } = await alarms.port.notes(EVERYTHING, id, { limit: 1 });
    assert.equal(items[0]?.text, 'The station was removed');
    await dropOld?.run(signal);
    assert.equal((await list()).length, 1);
    clock.advance(401 * 86_400_000);
    await dropOld?.run(signal);
    assert.equal((await list()).length, 0);
  });

  it('of stations are looked at by one process at a time', async () => {
    for (let index = 0; index < 30; index++) {
      number += 1n;
      const picture = { ...blankPicture(), isOnline: true, ...faulted() };
      const station = {
        stationId: `CP-${index}`,
        organizationId,
        siteId,
        lastEventId: number,
        changedAt: clock.now(),
        picture,
      };
      await storeStations(test.knex, [station]);
    }
    await Promise.all([look(), look(), look()]);
    assert.equal((await list()).length, 30);
    assert.ok((await list()).every(({ occurrences }) => occurrences === 1));
  });
});
