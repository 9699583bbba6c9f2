import assert from 'node:assert/strict';
import { Stage } from '../testing/stage.ts';
import type { TransactionEvent } from './types.ts';

const events = (stage: Stage) => stage.central.of('TransactionEvent') as unknown as TransactionEvent[];
const registers = ({ meterValue = [] }: Partial<TransactionEvent>) =>
  meterValue.map(({ sampledValue }) => [sampledValue[0]?.context, sampledValue[0]?.value]);

describe('simulated station 2.0.1: charging', () => {
  it('charges from plug to unplug, telling each step once', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    station.plugIn(1, { batteryWh: 50_000, socPercent: 20 });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'started' });
    await stage.time.advance(1_800_000);
    assert.deepEqual(await station.presentCard(1, 'tag-1'), { outcome: 'stopped' });
    await stage.time.settle();
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(stage.statuses201(1), ['Available', 'Occupied', 'Available']);
    assert.deepEqual(stage.events(), [
      'Started/Authorized/EVConnected',
      'Updated/ChargingStateChanged/Charging',
      'Ended/StopAuthorized/EVConnected',
    ]);
    const [start, , end] = events(stage);
    const transactionId = start?.transactionInfo.transactionId;
    assert.match(String(transactionId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(start?.evse, { id: 1, connectorId: 1 });
    assert.deepEqual(start?.idToken, { idToken: 'TAG-1', type: 'ISO14443' });
    assert.equal(start?.timestamp, '2025-03-10T08:00:00.000Z');
    assert.deepEqual(registers(start ?? {}), [['Transaction.Begin', 1_000_000]]);
    assert.equal(end?.evse, undefined, 'only the first event tells where');
    assert.equal(end?.transactionInfo.stoppedReason, 'Local');
    assert.deepEqual(end?.idToken, { idToken: 'tag-1', type: 'ISO14443' });
    assert.equal(end?.timestamp, '2025-03-10T08:30:00.000Z');
    const [begin, last] = registers(end ?? {});
    assert.deepEqual(begin, ['Transaction.Begin', 1_000_000]);
    const energyWh = Number(last?.[1]) - 1_000_000;
    assert.equal(last?.[0], 'Transaction.End');
    assert.ok(energyWh > 5_400 && energyWh <= 5_500, `half an hour at 11 kW, less the ramp: ${energyWh}`);
    assert.equal(station.acknowledged.totals.energyWh, energyWh);
    assert.deepEqual(stage.central.violations, []);
  });

  it('delivers an exact amount of energy', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    void station.chargeUntil(1, 10_000).then(() => station.unplug(1));
    await stage.time.advance(3 * 3_600_000);
    const end = events(stage).at(-1);
    assert.equal(registers(end ?? {}).at(-1)?.[1], 1_010_000);
    assert.equal(end?.triggerReason, 'EVCommunicationLost');
    assert.equal(end?.transactionInfo.stoppedReason, 'EVDisconnected');
  });

  const stories: { start: string; stop: string; told: string[] }[] = [
    {
      start: 'EVConnected',
      stop: 'EVConnected',
      told: [
        'Started/CablePluggedIn/EVConnected',
        'Updated/Authorized/EVConnected',
        'Updated/ChargingStateChanged/Charging',
        'Updated/StopAuthorized/EVConnected',
        'Ended/EVCommunicationLost/Idle',
      ],
    },
    {
      start: 'EVConnected,Authorized',
      stop: 'Authorized',
      told: [
        'Started/CablePluggedIn/EVConnected',
        'Updated/Authorized/EVConnected',
        'Updated/ChargingStateChanged/Charging',
        'Ended/StopAuthorized/EVConnected',
      ],
    },
    {
      start: 'Authorized',
      stop: 'PowerPathClosed',
      told: [
        'Started/Authorized/EVConnected',
        'Updated/ChargingStateChanged/Charging',
        'Ended/StopAuthorized/EVConnected',
      ],
    },
    {
      start: 'EnergyTransfer',
      stop: 'EVConnected',
      told: [
        'Started/ChargingStateChanged/Charging',
        'Updated/StopAuthorized/EVConnected',
        'Ended/EVCommunicationLost/Idle',
      ],
    },
  ];
  for (const { start, stop, told } of stories) {
    it(`starts at ${start} and stops at ${stop}`, async () => {
      await using stage = await Stage.open();
      const station = await stage.started201({
        configuration: { 'TxCtrlr.TxStartPoint': start, 'TxCtrlr.TxStopPoint': stop },
      });
      station.plugIn(1);
      await stage.time.advance(1_000);
      await station.presentCard(1, 'TAG-1');
      await stage.time.advance(60_000);
      assert.equal(station.isCharging(1), true);
      await station.presentCard(1, 'TAG-1');
      assert.equal(station.isCharging(1), false);
      await stage.time.advance(60_000);
      station.unplug(1);
      await stage.time.settle();
      assert.deepEqual(stage.events(), told);
      const all = events(stage);
      assert.equal(all.at(-1)?.transactionInfo.stoppedReason, 'Local', 'the card ended it, whatever came later');
      assert.deepEqual(
        all.map(({ seqNo }) => seqNo),
        told.map((_, index) => index),
      );
      assert.deepEqual(stage.central.violations, []);
    });
  }

  it('ends a transaction that began with a card when no cable comes', async () => {
    await using stage = await Stage.open();
    const configuration = { 'TxCtrlr.TxStartPoint': 'Authorized', 'TxCtrlr.EVConnectionTimeOut': '45' };
    const station = await stage.started201({ configuration });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'waiting-for-cable' });
    await stage.time.advance(44_000);
    assert.deepEqual(stage.events(), ['Started/Authorized/Idle']);
    await stage.time.advance(2_000);
    assert.deepEqual(stage.events(), ['Started/Authorized/Idle', 'Ended/EVConnectTimeout/Idle']);
    assert.equal(events(stage)[1]?.transactionInfo.stoppedReason, 'Timeout');
    assert.deepEqual(stage.statuses201(1), ['Available'], 'a card alone does not occupy it');
  });

  it('takes the cable after the card, and a card back that is shown again', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    await station.presentCard(1, 'TAG-1');
    assert.deepEqual(await station.presentCard(1, 'TAG-2'), { outcome: 'refused', status: 'ConcurrentTx' });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'cancelled' });
    await station.presentCard(1, 'TAG-1');
    station.plugIn(1);
    await stage.time.settle();
    assert.deepEqual(stage.events(), ['Started/CablePluggedIn/EVConnected', 'Updated/ChargingStateChanged/Charging']);
    assert.equal(events(stage)[0]?.idToken?.idToken, 'TAG-1');
  });

  it('stands still when the car is full, and ends there when EnergyTransfer is the stop point', async () => {
    await using stage = await Stage.open();
    const full = { batteryWh: 10_000, socPercent: 95 };
    const station = await stage.started201();
    station.plugIn(1, full);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(7_200_000);
    assert.equal(stage.events().at(-1), 'Updated/ChargingStateChanged/SuspendedEV');
    station.unplug(1);
    station.configure('TxCtrlr.TxStopPoint', 'EnergyTransfer');
    station.plugIn(1, full);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(7_200_000);
    assert.equal(events(stage).at(-1)?.transactionInfo.stoppedReason, 'StoppedByEV');
  });

  it('samples as SampledDataCtrlr says, and collects for the end', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({
      configuration: { 'SampledDataCtrlr.TxUpdatedInterval': '60', 'SampledDataCtrlr.TxEndedInterval': '120' },
    });
    await stage.time.advance(300_500);
    const periodic = events(stage).filter(({ triggerReason }) => triggerReason === 'MeterValuePeriodic');
    assert.equal(periodic.length, 5);
    const values = periodic[0]?.meterValue?.[0]?.sampledValue ?? [];
    assert.equal(periodic[0]?.meterValue?.[0]?.timestamp, '2025-03-10T08:01:00.000Z');
    assert.deepEqual(
      values.map(({ measurand, phase, unitOfMeasure }) => [measurand, phase ?? '', unitOfMeasure?.unit].join(' ')),
      [
        'Energy.Active.Import.Register  Wh',
        'Power.Active.Import  W',
        'Current.Import L1 A',
        'Current.Import L2 A',
        'Current.Import L3 A',
        'Voltage L1-N V',
        'Voltage L2-N V',
        'Voltage L3-N V',
        'SoC  Percent',
      ],
    );
    assert.equal(values[1]?.value, 11_000);
    assert.ok(values.every(({ context }) => context === 'Sample.Periodic'));
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(
      registers(events(stage).at(-1) ?? {}).map(([context]) => context),
      ['Transaction.Begin', 'Sample.Periodic', 'Sample.Periodic', 'Transaction.End'],
    );
    assert.equal(station.acknowledged.totals.samples, 1 + 5 + 4);
  });

  it('sends clock-aligned values: in events while a transaction runs, else in MeterValues', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 2, configuration: { 'AlignedDataCtrlr.Interval': '900' } });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(3_601_000);
    const outside = stage.central.of('MeterValues') as { evseId: number; meterValue: { timestamp: string }[] }[];
    assert.deepEqual(
      outside.map(({ evseId, meterValue }) => [evseId, meterValue[0]?.timestamp.slice(11, 16)]),
      [
        [2, '08:15'],
        [2, '08:30'],
        [2, '08:45'],
        [2, '09:00'],
      ],
    );
    const inside = events(stage).filter(({ triggerReason }) => triggerReason === 'MeterValueClock');
    assert.equal(inside.length, 4);
    assert.equal(inside[0]?.meterValue?.[0]?.sampledValue[0]?.context, 'Sample.Clock');
  });

  it('refuses what the central system refuses', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTokenInfo: { status: 'NotAtThisTime' } });
    const station = await stage.started201();
    station.plugIn(1);
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'NotAtThisTime' });
    await stage.time.settle();
    assert.equal(events(stage).length, 0);
  });

  const invalid = (stage: Stage) =>
    stage.central.answer('TransactionEvent', ({ payload }: { payload: Record<string, unknown> }) =>
      payload.eventType === 'Started' ? { idTokenInfo: { status: 'Blocked' } } : {},
    );

  it('stops when the answer brings a refusal', async () => {
    await using stage = await Stage.open();
    invalid(stage);
    await stage.charging201();
    const end = events(stage).at(-1);
    assert.equal(end?.triggerReason, 'Deauthorized');
    assert.equal(end?.transactionInfo.stoppedReason, 'DeAuthorized');
  });

  it('grants MaxEnergyOnInvalidId first, or only stops the energy, as TxCtrlr says', async () => {
    await using stage = await Stage.open();
    invalid(stage);
    await stage.charging201({ configuration: { 'TxCtrlr.MaxEnergyOnInvalidId': '500' } });
    await stage.time.advance(600_000);
    assert.equal(registers(events(stage).at(-1) ?? {}).at(-1)?.[1], 1_000_500);
    const second = await stage.charging201({
      identity: 'CP-2',
      configuration: { 'TxCtrlr.StopTxOnInvalidId': 'false' },
    });
    await stage.time.advance(600_000);
    assert.equal(stage.events().at(-1), 'Updated/ChargingStateChanged/SuspendedEVSE');
    assert.equal(second.connector(1).meter.shownWh(), 1_000_000);
  });

  it('keeps the transaction over an unplug when StopTxOnEVSideDisconnect is off', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({ configuration: { 'TxCtrlr.StopTxOnEVSideDisconnect': 'false' } });
    station.unplug(1);
    station.plugIn(1);
    await stage.time.settle();
    assert.deepEqual(stage.events().slice(2), [
      'Updated/EVCommunicationLost/SuspendedEV',
      'Updated/CablePluggedIn/SuspendedEV',
      'Updated/ChargingStateChanged/Charging',
    ]);
  });

  it('breaks and recovers, with the reason and an event about the problem', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201();
    station.fault(1, 'GroundFailure', 'leak');
    await stage.time.settle();
    assert.equal(events(stage).at(-1)?.transactionInfo.stoppedReason, 'GroundFault');
    assert.equal(stage.statuses201(1).at(-1), 'Faulted');
    const [problem] = stage.deviceEvents();
    assert.deepEqual(problem, {
      eventId: 1,
      timestamp: '2025-03-10T08:00:00.000Z',
      trigger: 'Alerting',
      actualValue: 'true',
      component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
      variable: { name: 'Problem' },
      eventNotificationType: 'HardWiredNotification',
      techCode: 'GroundFailure',
      techInfo: 'leak',
    });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'Unavailable' });
    station.clearFault(1);
    await stage.time.settle();
    assert.equal(stage.statuses201(1).at(-1), 'Occupied', 'the car is still there');
    const [, solved] = stage.deviceEvents();
    assert.deepEqual([solved?.actualValue, solved?.cleared], ['false', true]);
  });
});
