import assert from 'node:assert/strict';
import type { AlarmNoteView, AlarmView } from '@voltpile/operations/contract/alarms';
import type { LiveStationView } from '@voltpile/operations/contract/live';
import type { ApiClient } from './harness/api-client.ts';
import { BarePile } from './harness/bare-pile.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const OLD = 'alarmed-16';
const NEW = 'alarmed-201';
const PILE = '32010600019237';

describe('alarms of stations', () => {
  let server: ServerInProcess;
  let api: ApiClient;
  let sockets: AsyncDisposableStack;
  let old: BareStation;
  let modern: BareStation;
  let pile: BarePile;

  before(async () => {
    sockets = new AsyncDisposableStack();
    server = await startInProcess({
      config: {
        pingIntervalSeconds: 1,
        stationIdleTimeoutSeconds: 2,
        ykcIdleTimeoutSeconds: 3,
        alarmOfflineSeconds: 1,
        alarmStuckSeconds: 60,
      },
    });
    api = await server.login();
    old = await connectOld();
    modern = sockets.use(await BareStation.connect(server.ocpp, NEW, { protocols: ['ocpp2.0.1'] }));
    await modern.call('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { vendorName: 'Hand', model: 'Built' },
    });
    pile = sockets.use(await BarePile.enter(server.ykc, PILE));
  });
  after(async () => {
    await sockets.disposeAsync();
    await server[Symbol.asyncDispose]();
  });

  async function connectOld(): Promise<BareStation> {
    const station = sockets.use(await BareStation.connect(server.ocpp, OLD));
    await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
    return station;
  }
  const alarmsOf = (stationId: string, filter = '') => api.all<AlarmView>(`/alarms?stationId=${stationId}${filter}`);
  const raised = (stationId: string, code: string, status: AlarmView['status'] = 'active'): Promise<AlarmView> =>
    eventually(`${code} of ${stationId} is ${status}`, async () =>
      (await alarmsOf(stationId, `&code=${code}&status=${status}`)).at(0),
    );

  it('are raised of a fault in whatever protocol, and cleared with it', async () => {
    const timestamp = new Date().toISOString();
    const status = (word: string, errorCode: string) =>
      old.call('StatusNotification', { connectorId: 1, status: word, errorCode, vendorErrorCode: 'E7', timestamp });
    const modernStatus = (connectorStatus: string, at: string) =>
      modern.call('StatusNotification', { evseId: 1, connectorId: 1, connectorStatus, timestamp: at });
    await status('Faulted', 'GroundFailure');
    await modernStatus('Faulted', timestamp);
    // The emergency stop is the first bit.
    pile.report(1, { status: 'fault', plugged: false, faults: 1 });
    const ground = await raised(OLD, 'fault.ground-failure');
    assert.deepEqual([ground.evseId, ground.severity, ground.detail.vendorErrorCode], [1, 'critical', 'E7']);
    await raised(NEW, 'fault.other');
    const stop = await raised(PILE, 'fault.emergency-stop');
    assert.equal(stop.severity, 'critical');
    const { state } = await api.get<LiveStationView>(`/live/stations/${OLD}`);
    assert.equal(state, 'faulted');
    await status('Available', 'NoError');
    await modernStatus('Available', new Date().toISOString());
    pile.report(1, { status: 'idle', plugged: false });
    for (const [station, code] of [
      [OLD, 'fault.ground-failure'],
      [NEW, 'fault.other'],
      [PILE, 'fault.emergency-stop'],
    ] as const) {
      await raised(station, code, 'cleared');
    }
  });

  it('are raised of a station whose power is cut without a word, and cleared when it is back', async () => {
    // No FIN: nothing is read, and nothing is answered any more.
    old.pause();
    const { id, detail } = await raised(OLD, 'station.offline');
    assert.match(String(detail.reason), /nothing heard/);
    assert.equal((await api.get<LiveStationView>(`/live/stations/${OLD}`)).state, 'offline');
    await api.post(`/alarms/${id}/acknowledgement`, { text: 'On the way' });
    old = await connectOld();
    const cleared = await raised(OLD, 'station.offline', 'cleared');
    assert.deepEqual([cleared.id, cleared.occurrences], [id, 1]);
    const notes = await api.all<AlarmNoteView>(`/alarms/${id}/notes`);
    assert.deepEqual(
      notes.map(({ kind, by }) => [kind, by === null]),
      [
        ['cleared', true],
        ['acknowledged', false],
        ['raised', true],
      ],
    );
  });

  it('are one of a station that comes and goes, not fifty', async () => {
    for (let time = 0; time < 12; time++) {
      old.terminate();
      await old.closed;
      old = await connectOld();
    }
    const flapping = await raised(OLD, 'station.flapping');
    assert.equal(flapping.occurrences, 1);
    old.terminate();
    const offline = await raised(OLD, 'station.offline');
    assert.equal((await alarmsOf(OLD, '&code=station.offline')).length, 1);
    assert.equal((await alarmsOf(OLD, '&code=station.flapping')).length, 1);
    assert.ok(offline.occurrences >= 2, 'the same one, again');
  });
});
