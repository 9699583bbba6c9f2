import assert from 'node:assert/strict';
import { Stage } from '../testing/stage.ts';

interface Value {
  timestamp: string;
  sampledValue: {
    value: string;
    measurand: string;
    phase?: string;
    unit: string;
    context: string;
    location?: string;
  }[];
}

const values = (payload: Record<string, unknown> | undefined) => payload?.meterValue as Value[];

describe('simulated station: charging', () => {
  it('charges from plug to unplug, telling each step', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.plugIn(1, { batteryWh: 50_000, socPercent: 20 });
    const card = await station.presentCard(1, 'TAG-1');
    assert.deepEqual(card, { outcome: 'started' });
    await stage.time.advance(1_800_000);
    assert.deepEqual(await station.presentCard(1, 'tag-1'), { outcome: 'stopped' });
    await stage.time.settle();
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(stage.statuses(1), ['Available', 'Preparing', 'Charging', 'Finishing', 'Available']);
    const [start] = stage.central.of('StartTransaction');
    assert.deepEqual(start, {
      connectorId: 1,
      idTag: 'TAG-1',
      meterStart: 1_000_000,
      timestamp: '2025-03-10T08:00:00.000Z',
    });
    const [stop] = stage.central.of('StopTransaction');
    assert.equal(stop?.transactionId, 1);
    assert.equal(stop?.reason, 'Local');
    assert.equal(stop?.idTag, 'tag-1');
    assert.equal(stop?.timestamp, '2025-03-10T08:30:00.000Z');
    const energyWh = Number(stop?.meterStop) - 1_000_000;
    assert.ok(energyWh > 5_400 && energyWh <= 5_500, `half an hour at 11 kW, less the ramp: ${energyWh}`);
    assert.deepEqual(station.acknowledged.starts[0]?.response.transactionId, 1);
    assert.equal(station.acknowledged.totals.energyWh, energyWh);
    assert.deepEqual(stage.central.violations, []);
  });

  it('delivers an exact amount of energy', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    const done = station.chargeUntil(1, 10_000);
    let reached: boolean | undefined;
    void done.then((result) => {
      reached = result;
      station.unplug(1);
    });
    await stage.time.advance(3 * 3_600_000);
    assert.equal(reached, true);
    const [stop] = stage.central.of('StopTransaction');
    assert.equal(stop?.meterStop, 1_010_000);
    assert.equal(stop?.reason, 'EVDisconnected');
  });

  it('takes a ramp, holds, tapers towards full, and stands still when full', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.plugIn(1, { batteryWh: 10_000, socPercent: 50 });
    await station.presentCard(1, 'TAG-1');
    const connector = station.connector(1);
    assert.ok(connector.powerW < 1_000, 'the ramp begins low');
    await stage.time.advance(60_000);
    assert.equal(connector.powerW, 11_000);
    await stage.time.advance(20 * 60_000);
    const tapered = connector.powerW;
    assert.ok(tapered > 0 && tapered < 11_000, `tapering at ${connector.vehicle?.socPercent} %: ${tapered}`);
    await stage.time.advance(2 * 3_600_000);
    assert.equal(connector.powerW, 0);
    assert.equal(connector.status, 'SuspendedEV');
    assert.equal(connector.meter.shownWh(), 1_005_000);
  });

  it('sends periodic meter values with the measurands configured', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({ configuration: { MeterValueSampleInterval: '60' } });
    await stage.time.advance(180_500);
    const sent = stage.central.of('MeterValues');
    assert.equal(sent.length, 3);
    assert.equal(sent[0]?.transactionId, 1);
    const [first] = values(sent[0]);
    assert.equal(first?.timestamp, '2025-03-10T08:01:00.000Z');
    assert.deepEqual(
      first?.sampledValue.map(({ measurand, phase, unit }) => [measurand, phase ?? '', unit].join(' ')),
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
        'Temperature  Celcius',
      ],
    );
    assert.equal(first?.sampledValue[1]?.value, '11000');
    await stage.central.ask('CP-1', 'ChangeConfiguration', {
      key: 'MeterValuesSampledData',
      value: 'Energy.Active.Import.Register',
    });
    await stage.central.ask('CP-1', 'ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '10' });
    await stage.time.advance(10_000);
    const last = values(stage.central.of('MeterValues').at(-1));
    assert.deepEqual(
      last[0]?.sampledValue.map(({ measurand }) => measurand),
      ['Energy.Active.Import.Register'],
    );
    assert.equal(station.acknowledged.samples.length, 4);
  });

  it('sends clock-aligned values at whole intervals since midnight, also without a transaction', async () => {
    await using stage = await Stage.open();
    await stage.started({ connectors: 2, configuration: { ClockAlignedDataInterval: '900' } });
    await stage.time.advance(1_000);
    await stage.time.advance(3_600_000);
    const sent = stage.central.of('MeterValues');
    assert.equal(sent.length, 8);
    assert.deepEqual(
      sent.filter(({ connectorId }) => connectorId === 2).map((payload) => values(payload)[0]?.timestamp.slice(11, 16)),
      ['08:15', '08:30', '08:45', '09:00'],
    );
    assert.equal(values(sent[0])[0]?.sampledValue[0]?.context, 'Sample.Clock');
    assert.equal('transactionId' in (sent[0] ?? {}), false);
  });

  it('puts begin, samples and end into transactionData when configured', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({
      configuration: { MeterValueSampleInterval: '60', StopTxnSampledData: 'Energy.Active.Import.Register' },
    });
    await stage.time.advance(150_000);
    station.unplug(1);
    await stage.time.settle();
    const data = stage.central.of('StopTransaction')[0]?.transactionData as Value[];
    assert.deepEqual(
      data.map(({ sampledValue }) => sampledValue[0]?.context),
      ['Transaction.Begin', 'Sample.Periodic', 'Sample.Periodic', 'Transaction.End'],
    );
    assert.equal(data[0]?.sampledValue[0]?.value, '1000000');
    assert.equal(data[3]?.sampledValue[0]?.value, String(stage.central.of('StopTransaction')[0]?.meterStop));
  });

  it('waits for the cable as long as ConnectionTimeOut', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ configuration: { ConnectionTimeOut: '45' } });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'waiting-for-cable' });
    await stage.time.advance(44_000);
    assert.equal(station.connector(1).status, 'Preparing');
    await stage.time.advance(2_000);
    assert.equal(station.connector(1).status, 'Available');
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(30_000);
    station.plugIn(1);
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction').length, 1);
    assert.deepEqual(stage.statuses(1), ['Available', 'Preparing', 'Available', 'Preparing', 'Charging']);
  });

  it('withdraws a permission when the card is shown again, and refuses another card meanwhile', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    await station.presentCard(1, 'TAG-1');
    assert.deepEqual(await station.presentCard(1, 'TAG-2'), { outcome: 'refused', status: 'ConcurrentTx' });
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'cancelled' });
    assert.equal(station.connector(1).status, 'Available');
  });

  it('refuses what the central system refuses', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTagInfo: { status: 'Blocked' } });
    const station = await stage.started();
    station.plugIn(1);
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'Blocked' });
    await stage.time.settle();
    assert.equal(stage.central.of('StartTransaction').length, 0);
  });

  it('stops when StartTransaction brings a refusal', async () => {
    await using stage = await Stage.open();
    stage.central.answer('StartTransaction', { transactionId: 77, idTagInfo: { status: 'ConcurrentTx' } });
    await stage.charging();
    const [stop] = stage.central.of('StopTransaction');
    assert.equal(stop?.transactionId, 77);
    assert.equal(stop?.reason, 'DeAuthorized');
  });

  it('grants the energy that MaxEnergyOnInvalidId allows before it stops', async () => {
    await using stage = await Stage.open();
    stage.central.answer('StartTransaction', { transactionId: 77, idTagInfo: { status: 'Invalid' } });
    await stage.charging({ configuration: { MaxEnergyOnInvalidId: '500' } });
    assert.equal(stage.central.of('StopTransaction').length, 0);
    await stage.time.advance(600_000);
    assert.equal(stage.central.of('StopTransaction')[0]?.meterStop, 1_000_500);
  });

  it('only stops the energy when StopTransactionOnInvalidId is off', async () => {
    await using stage = await Stage.open();
    stage.central.answer('StartTransaction', { transactionId: 77, idTagInfo: { status: 'Invalid' } });
    const station = await stage.charging({ configuration: { StopTransactionOnInvalidId: 'false' } });
    await stage.time.advance(600_000);
    assert.equal(station.connector(1).status, 'SuspendedEVSE');
    assert.equal(station.connector(1).meter.shownWh(), 1_000_000);
    assert.equal(stage.central.of('StopTransaction').length, 0);
  });

  it('keeps the transaction over an unplug when StopTransactionOnEVSideDisconnect is off', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({ configuration: { StopTransactionOnEVSideDisconnect: 'false' } });
    station.unplug(1);
    assert.equal(station.connector(1).status, 'SuspendedEV');
    station.plugIn(1);
    assert.equal(station.connector(1).status, 'Charging');
    assert.throws(() => station.plugIn(1), { code: 'simulator.not_possible' });
    await stage.time.settle();
    assert.equal(stage.central.of('StopTransaction').length, 0);
  });

  it('lets a card of the same group stop, and no other', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', ({ payload }: { payload: Record<string, unknown> }) => ({
      idTagInfo: { status: 'Accepted', parentIdTag: payload.idTag === 'STRANGER' ? 'OTHER' : 'FAMILY' },
    }));
    const station = await stage.charging();
    assert.deepEqual(await station.presentCard(1, 'STRANGER'), { outcome: 'refused', status: 'ConcurrentTx' });
    assert.deepEqual(await station.presentCard(1, 'TAG-2'), { outcome: 'stopped' });
  });

  it('breaks and recovers', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    station.fault(1, 'GroundFailure', 'leak');
    await stage.time.settle();
    assert.equal(stage.central.of('StopTransaction')[0]?.reason, 'Other');
    const told = stage.central.of('StatusNotification').at(-1);
    assert.equal(told?.status, 'Faulted');
    assert.equal(told?.errorCode, 'GroundFailure');
    assert.equal(told?.info, 'leak');
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'Unavailable' });
    station.clearFault(1);
    await stage.time.settle();
    assert.equal(stage.statuses(1).at(-1), 'Finishing');
  });

  it('reports a status only after MinimumStatusDuration', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ configuration: { MinimumStatusDuration: '5' } });
    station.plugIn(1);
    await stage.time.advance(2_000);
    station.unplug(1);
    await stage.time.advance(60_000);
    assert.deepEqual(stage.statuses(1), ['Available']);
    station.plugIn(1);
    await stage.time.advance(6_000);
    assert.deepEqual(stage.statuses(1), ['Available', 'Preparing']);
  });

  it('shows what a bad meter shows', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    const sessions: [number, number][] = [];
    for (const fault of [
      { kind: 'runs-backwards' },
      { kind: 'restarts-at-zero' },
      { kind: 'rolls-over', atWh: 1_000_000 },
      { kind: 'kwh-as-wh' },
      { kind: 'stuck' },
    ] as const) {
      station.setMeterFault(1, fault);
      station.plugIn(1);
      await station.presentCard(1, 'TAG-1');
      const charged = station.chargeUntil(1, 2_000);
      await stage.time.advance(1_200_000);
      assert.equal(await charged, true);
      station.unplug(1);
      await stage.time.settle();
      const start = Number(stage.central.of('StartTransaction').at(-1)?.meterStart);
      const stop = Number(stage.central.of('StopTransaction').at(-1)?.meterStop);
      sessions.push([start, stop]);
    }
    const [backwards, restarted, rolled, kwh, stuck] = sessions;
    assert.ok(backwards && backwards[1] < backwards[0]);
    assert.equal(restarted?.[0], 0);
    assert.ok(restarted && restarted[1] > 2_000);
    assert.ok(rolled && rolled[0] < 100_000);
    assert.ok(kwh && kwh[0] > 1_000 && kwh[1] - kwh[0] < 10);
    assert.equal(stuck?.[0], stuck?.[1]);
  });
});
