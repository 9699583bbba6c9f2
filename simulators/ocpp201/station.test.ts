import assert from 'node:assert/strict';
import { Stage } from '../testing/stage.ts';

const variable = (component: string, name: string, attributeValue?: string) => ({
  component: { name: component },
  variable: { name },
  ...(attributeValue === undefined ? {} : { attributeValue }),
});

/** The first answer of SetVariables. */
async function set(stage: Stage, component: string, name: string, value: string): Promise<unknown> {
  const { setVariableResult } = await stage.central.ask('CP-1', 'SetVariables', {
    setVariableData: [variable(component, name, value)],
  });
  return (setVariableResult as { attributeStatus: string }[])[0]?.attributeStatus;
}

describe('simulated station 2.0.1: boot and presence', () => {
  it('boots with its model, then reports every connector', async () => {
    await using stage = await Stage.open();
    await stage.started201({ connectors: 2, model: { vendor: 'ACME', model: 'Wall', iccid: '8988' } });
    assert.deepEqual(
      stage.central.calls.map(({ action }) => action),
      ['BootNotification', 'StatusNotification', 'StatusNotification'],
    );
    assert.deepEqual(stage.central.of('BootNotification')[0], {
      reason: 'PowerUp',
      chargingStation: {
        vendorName: 'ACME',
        model: 'Wall',
        serialNumber: 'CP-1',
        firmwareVersion: '1.0.0',
        modem: { iccid: '8988' },
      },
    });
    assert.deepEqual(
      stage.central
        .of('StatusNotification')
        .map(({ evseId, connectorId, connectorStatus }) => [evseId, connectorId, connectorStatus]),
      [
        [1, 1, 'Available'],
        [2, 1, 'Available'],
      ],
    );
    assert.deepEqual(stage.central.violations, []);
  });

  it('says nothing but boot messages, at the interval told, until it is accepted', async () => {
    await using stage = await Stage.open();
    const answers = ['Pending', 'Rejected', 'Accepted'];
    stage.central.answer('BootNotification', () => ({
      status: answers.shift(),
      currentTime: new Date().toISOString(),
      interval: 30,
    }));
    const station = stage.station201();
    const started = station.start();
    station.plugIn(1);
    station.securityEvent('TamperDetectionActivated');
    await stage.time.advance(29_000);
    assert.equal(stage.central.calls.length, 1);
    await stage.time.advance(2_000);
    assert.equal(stage.central.of('BootNotification').length, 2);
    await stage.time.advance(30_000);
    await started;
    await stage.time.settle();
    assert.deepEqual(stage.statuses201(1), ['Occupied']);
    assert.equal(stage.central.of('SecurityEventNotification').length, 1);
    assert.deepEqual(stage.central.violations, []);
  });

  it('sends what is triggered and reported while pending, and starts nothing', async () => {
    await using stage = await Stage.open();
    stage.central.answer('BootNotification', {
      status: 'Pending',
      currentTime: new Date().toISOString(),
      interval: 600,
    });
    const station = stage.station201();
    void station.start();
    await station.waitFor('booted');
    const triggered = stage.central.next('StatusNotification');
    const trigger = { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } };
    assert.equal((await stage.central.ask('CP-1', 'TriggerMessage', trigger)).status, 'Accepted');
    assert.equal((await triggered).payload.evseId, 1);
    const reported = stage.central.next('NotifyReport', ({ tbc }) => tbc === false);
    const report = { requestId: 5, reportBase: 'SummaryInventory' };
    assert.equal((await stage.central.ask('CP-1', 'GetBaseReport', report)).status, 'Accepted');
    await reported;
    const booted = stage.central.next('BootNotification');
    await stage.central.ask('CP-1', 'TriggerMessage', { requestedMessage: 'BootNotification' });
    assert.equal((await booted).payload.reason, 'Triggered');
    const start = { idToken: { idToken: 'TAG', type: 'ISO14443' }, remoteStartId: 1 };
    assert.equal((await stage.central.ask('CP-1', 'RequestStartTransaction', start)).status, 'Rejected');
  });

  it('does not boot anew after a mere loss of the connection', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    stage.central.socket('CP-1').terminate();
    await station.waitFor('disconnected');
    await stage.time.advance(5_000);
    assert.equal(station.isConnected, true);
    assert.equal(stage.central.of('BootNotification').length, 1);
    assert.equal(stage.central.of('StatusNotification').length, 1, 'nothing has changed, nothing is told');
  });

  it('beats at the interval of the boot answer, and at the one that is set', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    await stage.time.advance(301_000);
    assert.equal(stage.central.of('Heartbeat').length, 1);
    assert.equal(await set(stage, 'OCPPCommCtrlr', 'HeartbeatInterval', '10'), 'Accepted');
    await stage.time.advance(60_000);
    assert.equal(stage.central.of('Heartbeat').length, 7);
  });

  it('logs in again with the password that it is given, and never shows it', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ password: 'old-password-0000' });
    const shown: unknown[] = [];
    station.on('command', ({ request }) => shown.push(request));
    assert.equal(await set(stage, 'SecurityCtrlr', 'BasicAuthPassword', 'short'), 'Rejected');
    const connected = station.waitFor('connected');
    assert.equal(await set(stage, 'SecurityCtrlr', 'BasicAuthPassword', 'new-password-1234'), 'Accepted');
    await connected;
    assert.deepEqual(stage.central.logins, ['CP-1:old-password-0000', 'CP-1:new-password-1234']);
    assert.equal(JSON.stringify(shown).includes('password-1234'), false);
    const { getVariableResult } = await stage.central.ask('CP-1', 'GetVariables', {
      getVariableData: [variable('SecurityCtrlr', 'BasicAuthPassword')],
    });
    const [result] = getVariableResult as object[];
    assert.deepEqual(result, { ...variable('SecurityCtrlr', 'BasicAuthPassword'), attributeStatus: 'Rejected' });
  });

  it('moves to another central system by network profile, priority and reset', async () => {
    await using stage = await Stage.open();
    await using other = await Stage.open();
    const station = await stage.started201();
    const profile = (securityProfile: number) => ({
      configurationSlot: 2,
      connectionData: {
        ocppVersion: 'OCPP20',
        ocppTransport: 'JSON',
        ocppCsmsUrl: other.central.url,
        messageTimeout: 30,
        securityProfile,
        ocppInterface: 'Wired0',
      },
    });
    const priority = () => set(stage, 'OCPPCommCtrlr', 'NetworkConfigurationPriority', '2,1');
    assert.equal(await priority(), 'Rejected', 'there is no such profile yet');
    assert.equal((await stage.central.ask('CP-1', 'SetNetworkProfile', profile(1))).status, 'Accepted');
    assert.equal(await priority(), 'RebootRequired');
    assert.equal((await stage.central.ask('CP-1', 'Reset', { type: 'Immediate' })).status, 'Accepted');
    await stage.time.advance(60_000);
    assert.equal(other.central.of('BootNotification')[0]?.reason, 'RemoteReset');
    assert.equal(station.network.activeSlot, 2);
    assert.equal((await other.central.ask('CP-1', 'SetNetworkProfile', profile(0))).status, 'Rejected');
  });

  it('goes silent when the power goes, and tells how the charge ended when it is back', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    station.powerOff();
    await stage.time.advance(600_000);
    assert.equal(stage.events().length, 2);
    await station.powerOn();
    await stage.time.settle();
    const last = stage.central.of('TransactionEvent').at(-1);
    assert.equal(last?.eventType, 'Ended');
    assert.equal(last?.triggerReason, 'AbnormalCondition');
    const info = last?.transactionInfo as { stoppedReason?: string } | undefined;
    assert.equal(info?.stoppedReason, 'PowerLoss');
    assert.equal(last?.timestamp, '2025-03-10T08:00:00.000Z', 'the end is when the power went');
    assert.equal(last?.offline, true);
    assert.equal(stage.central.of('BootNotification')[1]?.reason, 'PowerUp');
    assert.deepEqual(stage.central.violations, []);
  });

  it('tells the same again with the same seed, and other names with another time', async () => {
    const runs: string[] = [];
    for (const shiftMs of [0, 0, 1000]) {
      await using stage = await Stage.open();
      await stage.time.advance(shiftMs);
      const station = await stage.charging201({ configuration: { 'SampledDataCtrlr.TxUpdatedInterval': '60' } });
      await stage.time.advance(600_000);
      station.unplug(1);
      await stage.time.settle();
      assert.deepEqual(stage.central.violations, []);
      runs.push(JSON.stringify(stage.central.calls.map(({ action, payload }) => [action, payload])));
    }
    assert.equal(runs[0], runs[1]);
    const idOf = (run = '') => /"transactionId":"([0-9a-f-]{36})"/.exec(run)?.[1];
    assert.ok(idOf(runs[0]));
    assert.notEqual(idOf(runs[0]), idOf(runs[2]), 'a later run of the same station must not be taken for this one');
  });

  it('refuses options that make no sense', async () => {
    await using stage = await Stage.open();
    const invalid = { code: 'simulator.invalid_option' };
    assert.throws(() => stage.station201({ configuration: { 'TxCtrlr.Nonsense': '1' } }), invalid);
    assert.throws(() => stage.station201({ configuration: { 'TxCtrlr.TxStartPoint': 'Whenever' } }), invalid);
    assert.throws(() => stage.station201({ connectors: 0 }), invalid);
    const station = stage.station201({ configuration: { AllowOfflineTxForUnknownId: 'true' } });
    assert.equal(station.device.flag('AuthCtrlr.OfflineTxForUnknownIdEnabled'), true, "1.6's word is understood");
  });
});
