import assert from 'node:assert/strict';
import { Stage } from '../../testing/stage.ts';

const ID = 'CP-1';
const inOneHour = '2025-03-10T09:00:00.000Z';

describe('simulated station: commands of the core profile', () => {
  it('shows its configuration, known and unknown keys', async () => {
    await using stage = await Stage.open();
    await stage.started({ connectors: 2 });
    const all = await stage.central.ask(ID, 'GetConfiguration', {});
    const keys = all.configurationKey as { key: string; readonly: boolean; value?: string }[];
    assert.ok(keys.length > 45);
    assert.deepEqual(
      keys.find(({ key }) => key === 'NumberOfConnectors'),
      {
        key: 'NumberOfConnectors',
        readonly: true,
        value: '2',
      },
    );
    assert.deepEqual(
      keys.find(({ key }) => key === 'AuthorizationKey'),
      { key: 'AuthorizationKey', readonly: false },
    );
    const some = await stage.central.ask(ID, 'GetConfiguration', { key: ['heartbeatinterval', 'Nonsense'] });
    assert.deepEqual(some, {
      configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }],
      unknownKey: ['Nonsense'],
    });
  });

  it('changes configuration keys as far as they can be changed', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const change = async (key: string, value: string) =>
      (await stage.central.ask(ID, 'ChangeConfiguration', { key, value })).status;
    assert.equal(await change('MeterValueSampleInterval', '30'), 'Accepted');
    assert.equal(await change('MeterValueSampleInterval', '-1'), 'Rejected');
    assert.equal(await change('MeterValueSampleInterval', 'often'), 'Rejected');
    assert.equal(await change('LocalPreAuthorize', 'TRUE'), 'Accepted');
    assert.equal(await change('LocalPreAuthorize', 'yes'), 'Rejected');
    assert.equal(await change('MeterValuesSampledData', 'Energy.Active.Import.Register,SoC'), 'Accepted');
    assert.equal(await change('MeterValuesSampledData', 'Energy.Reactive.Import.Register'), 'Rejected');
    assert.equal(await change('NumberOfConnectors', '9'), 'Rejected');
    assert.equal(await change('Nonsense', '1'), 'NotSupported');
    assert.equal(await change('ConnectorPhaseRotation', '0.RST,1.STR'), 'RebootRequired');
    assert.equal(await change('SecurityProfile', '2'), 'Accepted');
    assert.equal(await change('SecurityProfile', '1'), 'Rejected', 'profiles only go up');
    const shown = async () =>
      (await stage.central.ask(ID, 'GetConfiguration', { key: ['ConnectorPhaseRotation'] })).configurationKey;
    assert.deepEqual(await shown(), [{ key: 'ConnectorPhaseRotation', readonly: false, value: '0.RST' }]);
    await stage.central.ask(ID, 'Reset', { type: 'Soft' });
    await stage.time.advance(15_000);
    assert.deepEqual(await shown(), [{ key: 'ConnectorPhaseRotation', readonly: false, value: '0.RST,1.STR' }]);
  });

  it('logs in with a new AuthorizationKey as bytes, or as text where the model does so', async () => {
    await using stage = await Stage.open();
    await stage.started({ password: 'old' });
    await stage.started({ identity: 'CP-2', password: 'old', authorizationKeyEncoding: 'text' });
    const key = '4f43415f4f4354545f61646d696e5f74657374';
    const change = async (identity: string, value: string) => {
      const { status } = await stage.central.ask(identity, 'ChangeConfiguration', { key: 'AuthorizationKey', value });
      await stage.time.settle();
      return status;
    };
    assert.equal(await change(ID, 'short'), 'Rejected');
    assert.equal(await change(ID, key), 'Accepted');
    await stage.time.advance(5_000);
    assert.equal(stage.central.logins.at(-1), 'CP-1:OCA_OCTT_admin_test');
    assert.equal(await change('CP-2', key), 'Accepted');
    await stage.time.advance(5_000);
    assert.equal(stage.central.logins.at(-1), `CP-2:${key}`);
    assert.equal(stage.central.of('BootNotification').length, 2);
  });

  it('starts remotely: connector chosen or given, card asked for or not, cable first or later', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ connectors: 2 });
    station.plugIn(2);
    const start = async (payload: object) => {
      const { status } = await stage.central.ask(ID, 'RemoteStartTransaction', payload);
      await stage.time.settle();
      return status;
    };
    assert.equal(await start({ idTag: 'TAG-1' }), 'Accepted');
    assert.equal(stage.central.of('StartTransaction')[0]?.connectorId, 2, 'the one with a car');
    assert.equal(stage.central.of('Authorize').length, 0);
    assert.equal(await start({ idTag: 'TAG-1', connectorId: 2 }), 'Rejected');
    assert.equal(await start({ idTag: 'TAG-1', connectorId: 9 }), 'Rejected');
    station.configuration.set('AuthorizeRemoteTxRequests', 'true');
    assert.equal(await start({ idTag: 'TAG-2', connectorId: 1 }), 'Accepted');
    assert.equal(stage.central.of('Authorize').length, 1);
    assert.equal(station.connector(1).status, 'Preparing');
    station.plugIn(1);
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction')[1]?.idTag, 'TAG-2');
  });

  it('does not start remotely with a card that the central system then refuses', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTagInfo: { status: 'Expired' } });
    const station = await stage.started({ configuration: { AuthorizeRemoteTxRequests: 'true' } });
    station.plugIn(1);
    await stage.central.ask(ID, 'RemoteStartTransaction', { idTag: 'TAG-1', connectorId: 1 });
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction').length, 0);
  });

  it('stops remotely by the number of the transaction', async () => {
    await using stage = await Stage.open();
    await stage.charging();
    assert.equal((await stage.central.ask(ID, 'RemoteStopTransaction', { transactionId: 99 })).status, 'Rejected');
    assert.equal((await stage.central.ask(ID, 'RemoteStopTransaction', { transactionId: 1 })).status, 'Accepted');
    await stage.time.settle();
    assert.equal(stage.central.of('StopTransaction')[0]?.reason, 'Remote');
    assert.equal((await stage.central.ask(ID, 'RemoteStopTransaction', { transactionId: 1 })).status, 'Rejected');
  });

  it('resets softly: transactions end first, then a new boot', async () => {
    await using stage = await Stage.open();
    await stage.charging();
    const from = stage.central.calls.length;
    assert.equal((await stage.central.ask(ID, 'Reset', { type: 'Soft' })).status, 'Accepted');
    await stage.time.advance(15_000);
    assert.deepEqual(
      stage.central.calls.slice(from).map(({ action, payload }) => payload.status ?? action),
      ['StopTransaction', 'Finishing', 'BootNotification', 'Available', 'Preparing'],
    );
    assert.equal(stage.central.of('StopTransaction')[0]?.reason, 'SoftReset');
  });

  it('resets hard: the end of transactions is told after the new boot', async () => {
    await using stage = await Stage.open();
    await stage.charging();
    const from = stage.central.calls.length;
    await stage.central.ask(ID, 'Reset', { type: 'Hard' });
    await stage.time.advance(30_000);
    assert.deepEqual(
      stage.central.calls.slice(from).map(({ action, payload }) => payload.status ?? action),
      ['BootNotification', 'Available', 'Preparing', 'StopTransaction'],
    );
    const [stop] = stage.central.of('StopTransaction');
    assert.equal(stop?.reason, 'HardReset');
    assert.equal(stop?.timestamp, '2025-03-10T08:00:00.000Z');
  });

  it('unlocks, ends a transaction for it, or fails to', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    const unlock = async (connectorId: number) =>
      (await stage.central.ask(ID, 'UnlockConnector', { connectorId })).status;
    assert.equal(await unlock(0), 'NotSupported');
    assert.equal(await unlock(5), 'NotSupported');
    station.faults.lockStuck = true;
    assert.equal(await unlock(1), 'UnlockFailed');
    station.faults.lockStuck = false;
    assert.equal(await unlock(1), 'Unlocked');
    await stage.time.settle();
    assert.equal(stage.central.of('StopTransaction')[0]?.reason, 'UnlockCommand');
  });

  it('changes availability at once, or after the charge, and keeps it over a reboot', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({ connectors: 2 });
    const change = async (connectorId: number, type: string) => {
      const { status } = await stage.central.ask(ID, 'ChangeAvailability', { connectorId, type });
      await stage.time.settle();
      return status;
    };
    assert.equal(await change(7, 'Inoperative'), 'Rejected');
    assert.equal(await change(2, 'Inoperative'), 'Accepted');
    assert.equal(stage.statuses(2).at(-1), 'Unavailable');
    assert.equal(await change(0, 'Inoperative'), 'Scheduled');
    assert.equal(stage.statuses(0).at(-1), 'Unavailable');
    assert.equal(stage.statuses(1).at(-1), 'Charging');
    station.unplug(1);
    await stage.time.settle();
    assert.equal(stage.statuses(1).at(-1), 'Unavailable');
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'Unavailable' });
    await stage.central.ask(ID, 'Reset', { type: 'Hard' });
    await stage.time.advance(30_000);
    assert.equal(stage.statuses(1).at(-1), 'Unavailable');
    assert.equal(await change(0, 'Operative'), 'Accepted');
    assert.deepEqual(
      [0, 1, 2].map((id) => stage.statuses(id).at(-1)),
      ['Available', 'Available', 'Available'],
    );
  });

  it('answers DataTransfer by vendor', async () => {
    await using stage = await Stage.open();
    await stage.started();
    await stage.started({
      identity: 'CP-2',
      onDataTransfer: ({ data }) => ({ status: 'Accepted', data: `got ${data}` }),
    });
    assert.equal((await stage.central.ask(ID, 'DataTransfer', { vendorId: 'ACME' })).status, 'UnknownVendorId');
    assert.equal((await stage.central.ask(ID, 'DataTransfer', { vendorId: 'Voltpile' })).status, 'UnknownMessageId');
    assert.deepEqual(await stage.central.ask('CP-2', 'DataTransfer', { vendorId: 'ACME', data: 'x' }), {
      status: 'Accepted',
      data: 'got x',
    });
  });

  it('shows what a charge costs, where its display does so', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    await stage.started({ identity: 'CP-2', configuration: { CustomDisplayCostAndPrice: 'false' } });
    const tell = (identity: string, messageId: string, data: string) =>
      stage.central.ask(identity, 'DataTransfer', { vendorId: 'org.openchargealliance.costmsg', messageId, data });
    const running = JSON.stringify({ transactionId: 7, timestamp: 'x', meterValue: 100, cost: 1.5, state: 'Charging' });
    assert.equal((await tell(ID, 'RunningCost', running)).status, 'Accepted');
    assert.deepEqual(station.shownCost, { transactionId: 7, cost: 1.5, isFinal: false });
    assert.equal((await tell(ID, 'FinalCost', '{"transactionId":7,"cost":2,"priceText":"2 EUR"}')).status, 'Accepted');
    assert.deepEqual(station.shownCost, { transactionId: 7, cost: 2, isFinal: true });
    for (const data of ['', 'null', '{', '{"transactionId":7,"cost":2}', '{"transactionId":"7","cost":2}']) {
      assert.equal((await tell(ID, 'FinalCost', data)).status, 'UnknownMessageId', data);
    }
    assert.equal((await tell(ID, 'SetUserPrice', running)).status, 'UnknownMessageId');
    assert.equal((await tell('CP-2', 'RunningCost', running)).status, 'UnknownVendorId');
  });

  it('answers what it does not know, and what breaks the schema, with the right CALLERROR', async () => {
    await using stage = await Stage.open();
    await stage.started({ notImplemented: ['GetLog'] });
    const code = async (action: string, payload: object) => {
      const result = await stage.central.command(ID, action, payload);
      return result.kind === 'error' ? result.code : result.payload;
    };
    assert.equal(await code('FlyToTheMoon', {}), 'NotImplemented');
    assert.equal(await code('GetLog', {}), 'NotImplemented');
    assert.equal(await code('Reset', { type: 'Gently' }), 'FormationViolation');
    assert.equal(await code('RemoteStopTransaction', { transactionId: 'one' }), 'TypeConstraintViolation');
  });
});

describe('simulated station: triggered messages', () => {
  it('sends what TriggerMessage asks for', async () => {
    await using stage = await Stage.open();
    await stage.charging({ connectors: 2 });
    const trigger = async (requestedMessage: string, connectorId?: number) => {
      const from = stage.central.calls.length;
      const request = connectorId === undefined ? { requestedMessage } : { requestedMessage, connectorId };
      const { status } = await stage.central.ask(ID, 'TriggerMessage', request);
      await stage.time.settle();
      return [
        status,
        ...stage.central.calls.slice(from).map(({ action, payload }) => `${action} ${payload.connectorId ?? ''}`),
      ];
    };
    assert.deepEqual(await trigger('Heartbeat'), ['Accepted', 'Heartbeat ']);
    assert.deepEqual(await trigger('MeterValues', 1), ['Accepted', 'MeterValues 1']);
    const [value] = stage.central.of('MeterValues').at(-1)!.meterValue as { sampledValue: { context: string }[] }[];
    assert.equal(value?.sampledValue[0]?.context, 'Trigger');
    assert.equal(stage.central.of('MeterValues')[0]?.transactionId, 1);
    assert.deepEqual(await trigger('StatusNotification', 2), ['Accepted', 'StatusNotification 2']);
    assert.deepEqual(await trigger('StatusNotification', 3), ['Rejected']);
    assert.equal((await trigger('StatusNotification')).length, 4);
    assert.deepEqual(await trigger('DiagnosticsStatusNotification'), ['Accepted', 'DiagnosticsStatusNotification ']);
    assert.deepEqual(await trigger('FirmwareStatusNotification'), ['Accepted', 'FirmwareStatusNotification ']);
    assert.equal(stage.central.of('FirmwareStatusNotification')[0]?.status, 'Idle');
    const boot = await trigger('BootNotification');
    assert.deepEqual(boot.slice(0, 2), ['Accepted', 'BootNotification ']);
    assert.equal(stage.central.of('StopTransaction').length, 0, 'a triggered boot message is no boot');
  });

  it('sends what ExtendedTriggerMessage asks for', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const trigger = async (requestedMessage: string) => {
      await stage.central.ask(ID, 'ExtendedTriggerMessage', { requestedMessage });
      await stage.time.settle();
      return stage.central.calls.at(-1);
    };
    assert.deepEqual((await trigger('LogStatusNotification'))?.payload, { status: 'Idle' });
    const firmware = await trigger('FirmwareStatusNotification');
    assert.equal(firmware?.action, 'SignedFirmwareStatusNotification');
    assert.equal((await trigger('Heartbeat'))?.action, 'Heartbeat');
    assert.equal((await trigger('SignChargePointCertificate'))?.action, 'SignCertificate');
  });
});

describe('simulated station: reservations', () => {
  const reserve = (more: object = {}) => ({
    connectorId: 1,
    idTag: 'OWNER',
    reservationId: 42,
    expiryDate: inOneHour,
    ...more,
  });

  it('keeps the connector for the card, which uses the reservation up', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    assert.equal((await stage.central.ask(ID, 'ReserveNow', reserve())).status, 'Accepted');
    await stage.time.settle();
    assert.equal(stage.statuses(1).at(-1), 'Reserved');
    assert.deepEqual(await station.presentCard(1, 'OTHER'), { outcome: 'refused', status: 'Reserved' });
    assert.equal(stage.central.of('Authorize').length, 0);
    assert.equal(
      (await stage.central.ask(ID, 'RemoteStartTransaction', { idTag: 'OTHER', connectorId: 1 })).status,
      'Rejected',
    );
    station.plugIn(1);
    assert.equal((await station.presentCard(1, 'owner')).outcome, 'started');
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction')[0]?.reservationId, 42);
    assert.equal(station.reservations.size, 0);
  });

  it('lets the group use it', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTagInfo: { status: 'Accepted', parentIdTag: 'FAMILY' } });
    const station = await stage.started();
    await stage.central.ask(ID, 'ReserveNow', reserve({ parentIdTag: 'FAMILY' }));
    station.plugIn(1);
    assert.equal((await station.presentCard(1, 'SISTER')).outcome, 'started');
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction')[0]?.reservationId, 42);
  });

  it('answers why it cannot reserve', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({ connectors: 4 });
    const ask = async (more: object) => (await stage.central.ask(ID, 'ReserveNow', reserve(more))).status;
    assert.equal(await ask({ connectorId: 1 }), 'Occupied');
    station.fault(2, 'OtherError');
    assert.equal(await ask({ connectorId: 2 }), 'Faulted');
    await stage.central.ask(ID, 'ChangeAvailability', { connectorId: 3, type: 'Inoperative' });
    assert.equal(await ask({ connectorId: 3 }), 'Unavailable');
    assert.equal(await ask({ connectorId: 9 }), 'Rejected');
    assert.equal(await ask({ connectorId: 4, expiryDate: '2025-03-10T07:59:00Z' }), 'Rejected');
    assert.equal(await ask({ connectorId: 4 }), 'Accepted');
    assert.equal(await ask({ connectorId: 4, idTag: 'LATER' }), 'Accepted', 'the same id replaces');
    assert.equal(await ask({ connectorId: 4, reservationId: 43 }), 'Occupied');
    assert.equal(await ask({ connectorId: 0, reservationId: 44 }), 'Occupied', 'no other connector is free');
  });

  it('ends by time, by the central system, and by a defect', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    const ends: string[] = [];
    station.on('reservation-changed', ({ change }) => ends.push(change));
    await stage.central.ask(ID, 'ReserveNow', reserve());
    await stage.time.advance(3_601_000);
    assert.equal(stage.statuses(1).at(-1), 'Available');
    await stage.central.ask(ID, 'ReserveNow', reserve({ expiryDate: '2025-03-10T12:00:00Z' }));
    assert.equal((await stage.central.ask(ID, 'CancelReservation', { reservationId: 7 })).status, 'Rejected');
    assert.equal((await stage.central.ask(ID, 'CancelReservation', { reservationId: 42 })).status, 'Accepted');
    await stage.central.ask(ID, 'ReserveNow', reserve({ expiryDate: '2025-03-10T12:00:00Z' }));
    station.fault(1, 'HighTemperature');
    assert.deepEqual(ends, ['made', 'expired', 'made', 'cancelled', 'made', 'cancelled']);
  });

  it('expires also when the power was away meanwhile', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    await stage.central.ask(ID, 'ReserveNow', reserve());
    station.powerOff();
    await stage.time.advance(7_200_000);
    await station.powerOn();
    await stage.time.advance(1_000);
    assert.equal(station.reservations.size, 0);
  });

  it('keeps any one connector free for connector 0', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ connectors: 2 });
    await stage.central.ask(ID, 'ReserveNow', reserve({ connectorId: 0 }));
    assert.equal((await station.presentCard(1, 'OTHER')).outcome, 'waiting-for-cable');
    assert.deepEqual(await station.presentCard(2, 'OTHER-2'), { outcome: 'refused', status: 'Reserved' });
    assert.equal((await station.presentCard(2, 'OWNER')).outcome, 'waiting-for-cable');
  });
});

describe('simulated station: smart charging', () => {
  const profile = (more: object = {}, limits: [number, number][] = [[0, 16]], unit = 'A') => ({
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Relative',
    ...more,
    chargingSchedule: {
      chargingRateUnit: unit,
      chargingSchedulePeriod: limits.map(([startPeriod, limit]) => ({ startPeriod, limit })),
      ...(more as { schedule?: object }).schedule,
    },
    schedule: undefined,
  });

  it('honours profiles in what flows', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    const connector = station.connector(1);
    const set = async (csChargingProfiles: object, connectorId = 1) => {
      const { status } = await stage.central.ask(ID, 'SetChargingProfile', { connectorId, csChargingProfiles });
      await stage.time.advance(20_000);
      return status;
    };
    await stage.time.advance(60_000);
    assert.equal(connector.powerW, 11_000);
    assert.equal(await set(profile({}, [[0, 10]])), 'Accepted');
    assert.equal(connector.powerW, 6_900);
    const txProfile = { chargingProfileId: 2, chargingProfilePurpose: 'TxProfile' };
    assert.equal(await set(profile({ ...txProfile, transactionId: 99 })), 'Rejected', 'another transaction');
    assert.equal(await set(profile({ ...txProfile, transactionId: 1 }, [[0, 5_000]], 'W')), 'Accepted');
    assert.equal(connector.powerW, 5_000, 'the transaction goes before the default');
    const maximum = {
      chargingProfileId: 3,
      chargingProfilePurpose: 'ChargePointMaxProfile',
      chargingProfileKind: 'Absolute',
    };
    assert.equal(await set(profile(maximum, [[0, 3_000]], 'W'), 1), 'Rejected', 'only for connector 0');
    assert.equal(await set(profile(maximum, [[0, 3_000]], 'W'), 0), 'Accepted');
    assert.equal(connector.powerW, 3_000);
    assert.equal(await set(profile({ ...txProfile, transactionId: 1 }, [[0, 0]], 'W')), 'Accepted');
    assert.equal(connector.status, 'SuspendedEVSE');
    const clear = async (criteria: object) => (await stage.central.ask(ID, 'ClearChargingProfile', criteria)).status;
    assert.equal(await clear({ id: 77 }), 'Unknown');
    assert.equal(await clear({ chargingProfilePurpose: 'TxProfile', connectorId: 1 }), 'Accepted');
    assert.equal(await clear({}), 'Accepted');
    await stage.time.advance(60_000);
    assert.equal(connector.powerW, 11_000);
    assert.equal(await clear({}), 'Unknown');
  });

  it('drops the profile of a transaction with it, and refuses one without', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    const request = { connectorId: 1, csChargingProfiles: profile({ chargingProfilePurpose: 'TxProfile' }) };
    assert.equal((await stage.central.ask(ID, 'SetChargingProfile', request)).status, 'Accepted');
    station.unplug(1);
    assert.equal(station.profiles.size, 0);
    assert.equal((await stage.central.ask(ID, 'SetChargingProfile', request)).status, 'Rejected');
  });

  it('takes a profile with a remote start', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.plugIn(1);
    const chargingProfile = profile({ chargingProfilePurpose: 'TxProfile' }, [[0, 6]]);
    await stage.central.ask(ID, 'RemoteStartTransaction', { idTag: 'TAG-1', connectorId: 1, chargingProfile });
    await stage.time.advance(60_000);
    assert.equal(station.connector(1).powerW, 4_140);
  });

  it('combines profiles into a schedule', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const install = (connectorId: number, csChargingProfiles: object) =>
      stage.central.ask(ID, 'SetChargingProfile', { connectorId, csChargingProfiles });
    await install(
      0,
      profile(
        {
          chargingProfileKind: 'Recurring',
          recurrencyKind: 'Daily',
          schedule: { startSchedule: '2025-01-01T08:30:00Z', duration: 3600 },
        },
        [[0, 4_600]],
        'W',
      ),
    );
    await install(
      0,
      profile(
        {
          chargingProfileId: 2,
          chargingProfilePurpose: 'ChargePointMaxProfile',
          chargingProfileKind: 'Absolute',
          validTo: '2025-03-10T08:50:00Z',
          schedule: { startSchedule: '2025-03-10T08:00:00Z' },
        },
        [
          [0, 9_000],
          [2_400, 3_000],
        ],
        'W',
      ),
    );
    const ask = (more: object) =>
      stage.central.ask(ID, 'GetCompositeSchedule', { connectorId: 1, duration: 7_200, ...more });
    const answer = await ask({});
    assert.deepEqual(answer.chargingSchedule, {
      duration: 7_200,
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 9_000 },
        { startPeriod: 1_800, limit: 4_600 },
        { startPeriod: 2_400, limit: 3_000 },
        { startPeriod: 3_000, limit: 4_600 },
        { startPeriod: 5_400, limit: 11_000 },
      ],
    });
    assert.equal(answer.scheduleStart, '2025-03-10T08:00:00.000Z');
    const inAmperes = (await ask({ chargingRateUnit: 'A' })).chargingSchedule as { chargingSchedulePeriod: object[] };
    assert.deepEqual(inAmperes.chargingSchedulePeriod[1], { startPeriod: 1_800, limit: 6.7 });
    assert.equal((await ask({ connectorId: 4 })).status, 'Rejected');
  });

  it('refuses profiles beyond its limits', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const set = async (csChargingProfiles: object, connectorId = 1) =>
      (await stage.central.ask(ID, 'SetChargingProfile', { connectorId, csChargingProfiles })).status;
    assert.equal(await set(profile({ stackLevel: 11 })), 'Rejected');
    assert.equal(await set(profile({}, [[5, 16]])), 'Rejected', 'the first period begins at 0');
    assert.equal(
      await set(
        profile({}, [
          [0, 16],
          [0, 10],
        ]),
      ),
      'Rejected',
    );
    assert.equal(
      await set(
        profile(
          {},
          Array.from({ length: 49 }, (_, index) => [index, 16]),
        ),
      ),
      'Rejected',
    );
    assert.equal(await set(profile({ chargingProfileKind: 'Recurring' })), 'Rejected');
    assert.equal(await set(profile(), 9), 'Rejected');
    for (let id = 1; id <= 20; id += 1) {
      assert.equal(await set(profile({ chargingProfileId: id, stackLevel: id % 10 }), id > 10 ? 0 : 1), 'Accepted');
    }
    assert.equal(await set(profile({ chargingProfileId: 21, stackLevel: 10 })), 'Rejected');
  });
});
