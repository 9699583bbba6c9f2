import assert from 'node:assert/strict';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import { Stage } from '../../testing/stage.ts';
import type { SimulatedStation201 } from '../station.ts';
import { COMMANDS } from './table.ts';

const ID = 'CP-1';
const token = (idToken: string) => ({ idToken, type: 'ISO14443' });
const transactionIdOf = (station: SimulatedStation201) => station.connector(1).transaction?.transactionId ?? '';
const status = async (stage: Stage, action: string, payload: object) =>
  (await stage.central.ask(ID, action, payload)).status;

describe('simulated station 2.0.1: commands', () => {
  it('knows every command of the action table', () => {
    const expected = OCPP201_ACTIONS.filter(({ direction }) => direction !== 'from-station').map(
      ({ action }) => action,
    );
    assert.deepEqual(Object.keys(COMMANDS).sort(), [...expected].sort());
    assert.equal(expected.length, 40);
  });

  it('answers NotImplemented for commands that the model leaves out', async () => {
    await using stage = await Stage.open();
    await stage.started201({ notImplemented: ['PublishFirmware'] });
    const request = { location: 'https://f.example/x', checksum: 'a', requestId: 1 };
    const result = await stage.central.command(ID, 'PublishFirmware', request);
    assert.equal(result.kind === 'error' && result.code, 'NotImplemented');
  });

  it('starts and stops from afar', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 2 });
    const start = (more: object) => ({ idToken: token('APP'), remoteStartId: 41, ...more });
    assert.equal(await status(stage, 'RequestStartTransaction', start({ evseId: 9 })), 'Rejected');
    station.plugIn(2);
    assert.equal(await status(stage, 'RequestStartTransaction', start({})), 'Accepted');
    await stage.time.settle();
    const [started] = stage.central.of('TransactionEvent');
    assert.deepEqual(started?.evse, { id: 2, connectorId: 1 }, 'the one with the car');
    assert.equal(started?.triggerReason, 'RemoteStart');
    const { transactionId, remoteStartId } = (started?.transactionInfo ?? {}) as Record<string, unknown>;
    assert.equal(remoteStartId, 41);
    assert.equal(stage.central.of('Authorize').length, 0);
    assert.equal(await status(stage, 'RequestStartTransaction', start({ evseId: 2 })), 'Rejected');
    assert.equal(await status(stage, 'RequestStopTransaction', { transactionId: 'unknown' }), 'Rejected');
    assert.equal(await status(stage, 'RequestStopTransaction', { transactionId }), 'Accepted');
    await stage.time.settle();
    const ended = stage.central.of('TransactionEvent').at(-1);
    assert.equal(ended?.triggerReason, 'RemoteStop');
    assert.deepEqual(stage.central.violations, []);
  });

  it('asks first with AuthorizeRemoteStart, names the transaction that the cable began, waits for a cable', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTokenInfo: { status: 'Blocked' } });
    const station = await stage.started201({
      connectors: 2,
      configuration: { 'AuthCtrlr.AuthorizeRemoteStart': 'true', 'TxCtrlr.TxStartPoint': 'EVConnected' },
    });
    station.plugIn(1);
    const start = { idToken: token('APP'), remoteStartId: 1, evseId: 1 };
    const answer = await stage.central.ask(ID, 'RequestStartTransaction', start);
    assert.deepEqual(answer, { status: 'Accepted', transactionId: transactionIdOf(station) });
    await stage.time.settle();
    assert.equal(station.isCharging(1), false, 'the card is blocked');
    station.configure('AuthCtrlr.AuthorizeRemoteStart', 'false');
    await stage.central.ask(ID, 'RequestStartTransaction', { ...start, remoteStartId: 2, evseId: 2 });
    await stage.time.advance(30_000);
    station.plugIn(2);
    await stage.time.settle();
    assert.equal(station.isCharging(2), true);
    const told = stage.central
      .of('TransactionEvent')
      .map(({ transactionInfo }) => (transactionInfo as { remoteStartId?: number }).remoteStartId);
    assert.deepEqual(
      told.filter((id) => id !== undefined),
      [2],
      'told once, when the transaction begins',
    );
  });

  it('resets at once: transactions end first', async () => {
    await using stage = await Stage.open();
    await stage.charging201();
    assert.equal(await status(stage, 'Reset', { type: 'Immediate' }), 'Accepted');
    await stage.time.advance(60_000);
    const ended = stage.central.of('TransactionEvent').at(-1);
    assert.equal(ended?.triggerReason, 'ResetCommand');
    assert.deepEqual(
      stage.central.of('BootNotification').map(({ reason }) => reason),
      ['PowerUp', 'RemoteReset'],
    );
    assert.deepEqual(stage.central.violations, []);
  });

  it('resets on idle: waits for the transaction, and lets nobody start meanwhile', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({ connectors: 2 });
    assert.equal(await status(stage, 'Reset', { type: 'OnIdle' }), 'Scheduled');
    await stage.time.advance(600_000);
    assert.equal(stage.central.of('BootNotification').length, 1);
    station.plugIn(2);
    assert.deepEqual(await station.presentCard(2, 'TAG-2'), { outcome: 'refused', status: 'Unavailable' });
    station.unplug(1);
    await stage.time.advance(60_000);
    assert.equal(stage.central.of('BootNotification').length, 2);
    assert.deepEqual(await station.presentCard(2, 'TAG-2'), { outcome: 'started' });
  });

  it('resets one EVSE', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({ connectors: 2 });
    assert.equal(await status(stage, 'Reset', { type: 'Immediate', evseId: 7 }), 'Rejected');
    assert.equal(await status(stage, 'Reset', { type: 'Immediate', evseId: 1 }), 'Accepted');
    await stage.time.advance(10_000);
    assert.deepEqual(stage.statuses201(1), ['Available', 'Occupied', 'Unavailable', 'Occupied']);
    assert.deepEqual(stage.statuses201(2), ['Available']);
    assert.equal(stage.central.of('TransactionEvent').at(-1)?.triggerReason, 'ResetCommand');
    assert.equal(stage.central.of('BootNotification').length, 1);
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'started' });
  });

  it('goes out of service, after a transaction if one runs, and stays so over a reboot', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({ connectors: 2 });
    const change = (operationalStatus: string, evse?: object) =>
      status(stage, 'ChangeAvailability', { operationalStatus, ...(evse === undefined ? {} : { evse }) });
    assert.equal(await change('Inoperative', { id: 7 }), 'Rejected');
    assert.equal(await change('Inoperative', { id: 2 }), 'Accepted');
    assert.equal(await change('Inoperative'), 'Scheduled');
    await stage.time.settle();
    assert.equal(station.isCharging(1), true);
    station.unplug(1);
    await stage.time.settle();
    assert.equal(stage.statuses201(1).at(-1), 'Unavailable');
    station.powerOff();
    await station.powerOn();
    await stage.time.settle();
    assert.deepEqual(
      [1, 2].map((id) => stage.statuses201(id).at(-1)),
      ['Unavailable', 'Unavailable'],
    );
    assert.equal(await change('Operative'), 'Accepted');
    await stage.time.settle();
    assert.deepEqual(
      [1, 2].map((id) => stage.statuses201(id).at(-1)),
      ['Available', 'Available'],
    );
  });

  it('unlocks, but not under a driver', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const unlock = (evseId: number) => status(stage, 'UnlockConnector', { evseId, connectorId: 1 });
    assert.equal(await unlock(1), 'OngoingAuthorizedTransaction');
    assert.equal(await unlock(4), 'UnknownConnector');
    await station.presentCard(1, 'TAG-1');
    assert.equal(await unlock(1), 'Unlocked');
    station.faults.lockStuck = true;
    assert.equal(await unlock(1), 'UnlockFailed');
  });

  it('sends what it is triggered to', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 2 });
    const trigger = (requestedMessage: string, evse?: object) =>
      status(stage, 'TriggerMessage', { requestedMessage, ...(evse === undefined ? {} : { evse }) });
    assert.equal(await trigger('TransactionEvent'), 'Rejected', 'there is none');
    assert.equal(await trigger('BootNotification'), 'Rejected', 'it is accepted already');
    assert.equal(await trigger('StatusNotification', { id: 9, connectorId: 1 }), 'Rejected');
    assert.equal(await trigger('SignV2GCertificate'), 'NotImplemented');
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(60_000);
    const from = stage.central.calls.length;
    for (const message of [
      'Heartbeat',
      'MeterValues',
      'TransactionEvent',
      'FirmwareStatusNotification',
      'LogStatusNotification',
      'PublishFirmwareStatusNotification',
      'SignChargingStationCertificate',
    ]) {
      assert.equal(await trigger(message), 'Accepted', message);
      await stage.time.settle();
    }
    await trigger('StatusNotification', { id: 2, connectorId: 1 });
    await stage.time.settle();
    const sent = stage.central.calls.slice(from);
    assert.deepEqual(
      sent.map(({ action }) => action),
      [
        'Heartbeat',
        'MeterValues',
        'MeterValues',
        'TransactionEvent',
        'FirmwareStatusNotification',
        'LogStatusNotification',
        'PublishFirmwareStatusNotification',
        'SignCertificate',
        'StatusNotification',
      ],
    );
    assert.equal(sent[3]?.payload.triggerReason, 'Trigger');
    assert.deepEqual(
      [4, 5, 6].map((index) => sent[index]?.payload),
      Array(3).fill({ status: 'Idle' }),
    );
    assert.equal(sent[8]?.payload.evseId, 2);
    assert.deepEqual(stage.central.violations, []);
  });

  it('knows its transactions and what waits to be told about them', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const ask = (transactionId: string) => stage.central.ask(ID, 'GetTransactionStatus', { transactionId });
    assert.deepEqual(await ask(transactionIdOf(station)), { ongoingIndicator: true, messagesInQueue: false });
    assert.deepEqual(await ask('unknown'), { ongoingIndicator: false, messagesInQueue: false });
  });

  const limit = (id: number, watts: number, more: object = {}) => ({
    id,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
    chargingSchedule: [
      {
        id,
        chargingRateUnit: 'W',
        startSchedule: '2025-03-10T08:00:00Z',
        chargingSchedulePeriod: [{ startPeriod: 0, limit: watts }],
      },
    ],
    ...more,
  });

  it('limits its power by charging profiles, and tells which it has', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    await stage.time.advance(60_000);
    const install = (chargingProfile: object, evseId = 1) =>
      status(stage, 'SetChargingProfile', { evseId, chargingProfile });
    const powerW = async () => {
      await stage.time.settle();
      return station.connector(1).powerW;
    };
    assert.equal(await install(limit(1, 7_000)), 'Accepted');
    assert.equal(await powerW(), 7_000);
    assert.equal(await install(limit(2, 6_000)), 'Rejected', 'the level is taken');
    assert.equal(await install(limit(1, 6_000)), 'Accepted', 'the same one again');
    assert.equal(await powerW(), 6_000);
    const tx = { chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative' };
    assert.equal(await install(limit(3, 3_000, { ...tx, transactionId: 'unknown' })), 'Rejected');
    assert.equal(await install(limit(3, 3_000, { ...tx, transactionId: transactionIdOf(station) })), 'Accepted');
    assert.equal(await powerW(), 3_000);
    assert.equal(
      await install(limit(4, 2_000, { chargingProfilePurpose: 'ChargingStationMaxProfile' }), 0),
      'Accepted',
    );
    assert.equal(await powerW(), 2_000);
    const external = { chargingProfilePurpose: 'ChargingStationExternalConstraints' };
    assert.equal(await install(limit(5, 1_000, external), 0), 'Rejected', 'that is not for the central system to set');
    const { schedule } = await stage.central.ask(ID, 'GetCompositeSchedule', { evseId: 1, duration: 600 });
    assert.deepEqual(schedule, {
      evseId: 1,
      duration: 600,
      scheduleStart: '2025-03-10T08:01:00.000Z',
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 2_000 }],
    });
    const last = stage.central.next('ReportChargingProfiles', ({ tbc }) => tbc === false);
    await stage.central.ask(ID, 'GetChargingProfiles', { requestId: 9, chargingProfile: {} });
    await last;
    assert.deepEqual(
      stage.central
        .of('ReportChargingProfiles')
        .map(({ evseId, chargingLimitSource, chargingProfile }) => [
          evseId,
          chargingLimitSource,
          (chargingProfile as { id: number }[]).map(({ id }) => id),
        ]),
      [
        [1, 'CSO', [1, 3]],
        [0, 'CSO', [4]],
      ],
    );
    const none = { requestId: 1, chargingProfile: { chargingProfileId: [99] } };
    assert.equal(await status(stage, 'GetChargingProfiles', none), 'NoProfiles');
    assert.equal(await status(stage, 'ClearChargingProfile', { chargingProfileId: 4 }), 'Accepted');
    assert.equal(await status(stage, 'ClearChargingProfile', { chargingProfileId: 4 }), 'Unknown');
    assert.equal(await powerW(), 3_000);
    await stage.central.ask(ID, 'ClearChargingProfile', { chargingProfileCriteria: { evseId: 1 } });
    assert.equal(await powerW(), 11_000);
    assert.deepEqual(stage.central.violations, []);
  });

  it('tells of limits from outside, and keeps to them', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    await stage.time.advance(60_000);
    station.limitFromOutside(0, 4_000, 'SO');
    assert.equal(station.connector(1).powerW, 4_000);
    await stage.central.ask(ID, 'ClearChargingProfile', {});
    assert.equal(station.connector(1).powerW, 4_000, 'the central system cannot clear it');
    station.limitFromOutside(0, undefined, 'SO');
    assert.equal(station.connector(1).powerW, 11_000);
    await stage.time.settle();
    const [told] = stage.central.of('NotifyChargingLimit');
    assert.deepEqual(told?.chargingLimit, { chargingLimitSource: 'SO', isGridCritical: true });
    assert.deepEqual(stage.central.of('ClearedChargingLimit'), [{ chargingLimitSource: 'SO' }]);
    assert.equal((await station.tellChargingNeeds(1, '2025-03-10T17:00:00Z')).status, 'Accepted');
    const needs = stage.central.of('NotifyEVChargingNeeds')[0]?.chargingNeeds as Record<string, unknown>;
    assert.equal(needs.requestedEnergyTransfer, 'AC_three_phase');
  });

  it('shows messages, and forgets those of a transaction with it', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const show = (id: number, more: object = {}, format = 'UTF8') =>
      status(stage, 'SetDisplayMessage', {
        message: { id, priority: 'NormalCycle', message: { format, content: `Message ${id}` }, ...more },
      });
    assert.equal(await show(1), 'Accepted');
    assert.equal(await show(2, {}, 'HTML'), 'NotSupportedMessageFormat');
    assert.equal(await show(3, { transactionId: 'unknown' }), 'UnknownTransaction');
    assert.equal(await show(4, { transactionId: transactionIdOf(station) }), 'Accepted');
    assert.equal(await show(5, { priority: 'AlwaysFront' }), 'Accepted');
    assert.equal(await show(6, { priority: 'AlwaysFront' }), 'Accepted');
    const ids = async () => {
      const from = stage.central.of('NotifyDisplayMessages').length;
      const told = stage.central.next('NotifyDisplayMessages');
      await stage.central.ask(ID, 'GetDisplayMessages', { requestId: 3 });
      await told;
      const [page] = stage.central.of('NotifyDisplayMessages').slice(from);
      return ((page?.messageInfo ?? []) as { id: number }[]).map(({ id }) => id);
    };
    assert.deepEqual(await ids(), [1, 4, 6]);
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(await ids(), [1, 6]);
    assert.equal(await status(stage, 'ClearDisplayMessage', { id: 6 }), 'Accepted');
    assert.equal(await status(stage, 'ClearDisplayMessage', { id: 6 }), 'Unknown');
    assert.equal(await status(stage, 'GetDisplayMessages', { requestId: 4, id: [77] }), 'Unknown');
  });

  it('keeps the cost of a transaction', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const transactionId = transactionIdOf(station);
    assert.deepEqual(await stage.central.ask(ID, 'CostUpdated', { totalCost: 4.2, transactionId }), {});
    assert.equal(station.connector(1).transaction?.totalCost, 4.2);
  });

  it('tells what it knows about a customer, and forgets it', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    const ask = async (requestId: number, more: object) => {
      const told = stage.central.next('NotifyCustomerInformation');
      assert.equal(await status(stage, 'CustomerInformation', { requestId, ...more }), 'Accepted');
      return (await told).payload.data;
    };
    const card = { idToken: token('TAG-1') };
    assert.equal(await ask(1, { report: true, clear: false, ...card }), 'cache: Accepted');
    assert.equal(await ask(2, { report: false, clear: true, ...card }), 'cleared');
    assert.equal(station.authorization.cache.size, 0);
    assert.equal(await ask(3, { report: true, clear: false, ...card }), 'nothing is known');
    assert.equal(await status(stage, 'CustomerInformation', { requestId: 4, report: true, clear: false }), 'Invalid');
    const nothing = { requestId: 5, report: false, clear: false, ...card };
    assert.equal(await status(stage, 'CustomerInformation', nothing), 'Rejected');
  });

  it('transfers data both ways', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({
      onDataTransfer: ({ messageId }) => ({ status: messageId === 'hello' ? 'Accepted' : 'UnknownMessageId' }),
    });
    assert.equal(await status(stage, 'DataTransfer', { vendorId: 'ACME', messageId: 'hello' }), 'Accepted');
    await station.transferData({ vendorId: 'ACME', data: 'text' });
    assert.deepEqual(stage.central.of('DataTransfer'), [{ vendorId: 'ACME', data: 'text' }]);
    await stage.started201({ identity: 'CP-2' });
    const stranger = await stage.central.ask('CP-2', 'DataTransfer', { vendorId: 'ACME' });
    assert.equal(stranger.status, 'UnknownVendorId');
  });
});
