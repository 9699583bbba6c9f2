import assert from 'node:assert/strict';
import { Stage } from '../../testing/stage.ts';

const ID = 'CP-1';
const POWER = { component: { name: 'EVSE', evse: { id: 1 } }, variable: { name: 'Power' } };
const STATE = {
  component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
  variable: { name: 'AvailabilityState' },
};
const BEAT = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };

async function monitor(stage: Stage, ...data: object[]): Promise<{ status: string; id?: number }[]> {
  const { setMonitoringResult } = await stage.central.ask(ID, 'SetVariableMonitoring', { setMonitoringData: data });
  return setMonitoringResult as { status: string; id?: number }[];
}

const seen = (stage: Stage) =>
  stage
    .deviceEvents()
    .map(({ variableMonitoringId, trigger, actualValue, cleared }) =>
      [variableMonitoringId, trigger, actualValue, cleared === true ? 'cleared' : ''].join(' ').trim(),
    );

describe('simulated station 2.0.1: monitors', () => {
  it('tell when a threshold is crossed and crossed back, and about every change', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    const set = await monitor(
      stage,
      { ...POWER, type: 'UpperThreshold', value: 10_000, severity: 3 },
      { ...STATE, type: 'Delta', value: 1, severity: 8 },
    );
    assert.deepEqual(
      set.map(({ status, id }) => [status, id]),
      [
        ['Accepted', 1],
        ['Accepted', 2],
      ],
    );
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(120_000);
    await station.presentCard(1, 'TAG-1');
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(seen(stage), [
      '2 Delta Occupied',
      '1 Alerting 11000',
      '1 Alerting 0 cleared',
      '2 Delta Available',
    ]);
    const [, alert] = stage.deviceEvents();
    assert.match(String(alert?.transactionId), /^[0-9a-f-]{36}$/);
    assert.equal(alert?.eventNotificationType, 'CustomMonitor');
    assert.deepEqual(stage.central.violations, []);
  });

  it('tell from time to time, also after a reboot, until they are cleared', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    await monitor(
      stage,
      { ...POWER, type: 'Periodic', value: 60, severity: 9 },
      { ...POWER, type: 'PeriodicClockAligned', value: 900, severity: 9 },
    );
    await stage.time.advance(901_000);
    assert.equal(seen(stage).filter((event) => event === '1 Periodic 0').length, 15);
    assert.equal(seen(stage).filter((event) => event === '2 Periodic 0').length, 1);
    await stage.central.ask(ID, 'Reset', { type: 'Immediate' });
    await stage.time.advance(100_000);
    assert.equal(seen(stage).filter((event) => event === '1 Periodic 0').length, 16);
    const { clearMonitoringResult } = await stage.central.ask(ID, 'ClearVariableMonitoring', { id: [1, 2, 3] });
    assert.deepEqual(clearMonitoringResult, [
      { id: 1, status: 'Accepted' },
      { id: 2, status: 'Accepted' },
      { id: 3, status: 'NotFound' },
    ]);
    await stage.time.advance(1_000_000);
    assert.equal(stage.deviceEvents().length, 17);
  });

  it('watch only while a transaction runs when they are told so', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    await monitor(stage, { ...STATE, type: 'Delta', value: 1, severity: 5, transaction: true });
    station.plugIn(1);
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(seen(stage), []);
  });

  it('see variables that are set, by the size of the change', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    await monitor(stage, { ...BEAT, type: 'Delta', value: 50, severity: 5 });
    const set = (attributeValue: string) =>
      stage.central.ask(ID, 'SetVariables', { setVariableData: [{ ...BEAT, attributeValue }] });
    await set('320');
    await set('380');
    await stage.time.settle();
    assert.deepEqual(seen(stage), ['1 Delta 380']);
  });

  it('are refused when they make no sense', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const results = await monitor(
      stage,
      { component: { name: 'Nonsense' }, variable: { name: 'Power' }, type: 'Delta', value: 1, severity: 1 },
      { component: { name: 'TxCtrlr' }, variable: { name: 'Nonsense' }, type: 'Delta', value: 1, severity: 1 },
      { component: { name: 'TxCtrlr' }, variable: { name: 'TxStopPoint' }, type: 'Delta', value: 1, severity: 1 },
      { ...STATE, type: 'UpperThreshold', value: 1, severity: 1 },
      { ...POWER, type: 'Periodic', value: 0, severity: 1 },
      { ...POWER, id: 77, type: 'Delta', value: 1, severity: 1 },
      { ...POWER, type: 'Delta', value: 1, severity: 1 },
      { ...POWER, type: 'Delta', value: 2, severity: 1 },
      { ...POWER, id: 1, type: 'Delta', value: 500, severity: 2 },
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      [
        'UnknownComponent',
        'UnknownVariable',
        'UnsupportedMonitorType',
        'UnsupportedMonitorType',
        'Rejected',
        'Rejected',
        'Accepted',
        'Duplicate',
        'Accepted',
      ],
    );
  });

  it('are reported, and kept quiet by level and base', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    const empty = { requestId: 1 };
    assert.equal((await stage.central.ask(ID, 'GetMonitoringReport', empty)).status, 'EmptyResultSet');
    await monitor(
      stage,
      { ...POWER, type: 'LowerThreshold', value: -1, severity: 3 },
      { ...STATE, type: 'Delta', value: 1, severity: 8 },
    );
    const reported = stage.central.next('NotifyMonitoringReport');
    await stage.central.ask(ID, 'GetMonitoringReport', { requestId: 2, monitoringCriteria: ['DeltaMonitoring'] });
    assert.deepEqual((await reported).payload.monitor, [
      { ...STATE, variableMonitoring: [{ id: 2, type: 'Delta', value: 1, severity: 8, transaction: false }] },
    ]);
    assert.equal((await stage.central.ask(ID, 'SetMonitoringLevel', { severity: 5 })).status, 'Accepted');
    station.plugIn(1);
    await stage.time.settle();
    assert.deepEqual(seen(stage), [], 'severity 8 is above the level');
    assert.equal((await stage.central.ask(ID, 'SetMonitoringLevel', { severity: 10 })).status, 'Rejected');
    await stage.central.ask(ID, 'SetMonitoringBase', { monitoringBase: 'HardWiredOnly' });
    assert.equal(station.monitoring.monitors.size, 0);
  });

  it('need not be set for changes of availability when the station is told so', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ configuration: { 'MonitoringCtrlr.AvailabilityEvents': 'true' } });
    station.goOffline();
    station.plugIn(1);
    await station.goOnline();
    await stage.time.settle();
    const [event] = stage.deviceEvents();
    assert.deepEqual([event?.actualValue, event?.eventNotificationType], ['Occupied', 'HardWiredNotification']);
    assert.deepEqual(event?.component, STATE.component);
  });
});
