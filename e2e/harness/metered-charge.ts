import assert from 'node:assert/strict';
import { BarePile } from './bare-pile.ts';
import { BareStation } from './bare-station.ts';
import { recordEndingNow, STOPPED } from './pile-bodies.ts';
import { bcd, number } from './pile-bytes.ts';

/** A station of any dialect that charges as the test says, and stops when the server says so. */
export interface MeteredCharge extends AsyncDisposable {
  start(idToken: string): Promise<void>;
  /** What was charged since the start. */
  measure(energyWh: number): Promise<void>;
  /** Waits for the server's order to stop the charge, and obeys. */
  ordered(): Promise<void>;
  end(energyWh: number): Promise<void>;
  /** What the station was told that the charge may cost, each time, in cents. Dialects that do not tell it: undefined. */
  readonly balances?: readonly number[];
}

export type Dialect = 'OCPP 1.6' | 'OCPP 2.0.1' | 'YKC';

export interface MeteredStation {
  readonly identity: string;
  readonly open: (urls: { readonly ocpp: string; readonly ykc: string }) => Promise<MeteredCharge>;
}

const METER_START_WH = 10_000;

export const METERED_STATIONS: Readonly<Record<Dialect, MeteredStation>> = {
  'OCPP 1.6': { identity: 'PREPAID-16', open: ({ ocpp }) => openOlder(ocpp) },
  'OCPP 2.0.1': { identity: 'PREPAID-201', open: ({ ocpp }) => openNewer(ocpp) },
  YKC: { identity: '32010600019236', open: ({ ykc }) => openPile(ykc) },
};

async function openOlder(url: string): Promise<MeteredCharge> {
  const station = await BareStation.connect(url, METERED_STATIONS['OCPP 1.6'].identity);
  let idTag = '';
  let transactionId = 0;
  const now = () => new Date().toISOString();
  return {
    async start(idToken) {
      idTag = idToken;
      const begin = { connectorId: 1, idTag, meterStart: METER_START_WH, timestamp: now() };
      const answer = await station.call<{ transactionId: number; idTagInfo: { status: string } }>(
        'StartTransaction',
        begin,
      );
      assert.equal(answer.idTagInfo.status, 'Accepted');
      transactionId = answer.transactionId;
    },
    async measure(energyWh) {
      const sampledValue = [{ value: String(METER_START_WH + energyWh) }];
      await station.call('MeterValues', {
        connectorId: 1,
        transactionId,
        meterValue: [{ timestamp: now(), sampledValue }],
      });
    },
    async ordered() {
      const order = await station.nextCall('RemoteStopTransaction');
      assert.deepEqual(order.payload, { transactionId });
      order.reply({ status: 'Accepted' });
    },
    async end(energyWh) {
      const meterStop = METER_START_WH + energyWh;
      await station.call('StopTransaction', { transactionId, idTag, meterStop, timestamp: now(), reason: 'Remote' });
    },
    [Symbol.asyncDispose]: () => station[Symbol.asyncDispose](),
  };
}

async function openNewer(url: string): Promise<MeteredCharge> {
  const { identity } = METERED_STATIONS['OCPP 2.0.1'];
  const station = await BareStation.connect(url, identity, { protocols: ['ocpp2.0.1'] });
  station.onCall('CostUpdated', (call) => call.reply({}));
  const transactionId = 'PREPAID-1';
  let seqNo = 0;
  const tell = (eventType: string, triggerReason: string, energyWh: number, more: object, info: object = {}) => {
    const timestamp = new Date().toISOString();
    const sampledValue = [{ value: METER_START_WH + energyWh, measurand: 'Energy.Active.Import.Register' }];
    return station.call<{ idTokenInfo?: { status: string } }>('TransactionEvent', {
      eventType,
      timestamp,
      triggerReason,
      seqNo: seqNo++,
      transactionInfo: { transactionId, ...info },
      meterValue: [{ timestamp, sampledValue }],
      ...more,
    });
  };
  return {
    async start(idToken) {
      const more = { evse: { id: 1, connectorId: 1 }, idToken: { idToken, type: 'ISO14443' } };
      const answer = await tell('Started', 'Authorized', 0, more, { chargingState: 'Charging' });
      assert.equal(answer.idTokenInfo?.status, 'Accepted');
    },
    async measure(energyWh) {
      await tell('Updated', 'MeterValuePeriodic', energyWh, {}, { chargingState: 'Charging' });
    },
    async ordered() {
      const order = await station.nextCall('RequestStopTransaction');
      assert.deepEqual(order.payload, { transactionId });
      order.reply({ status: 'Accepted' });
    },
    async end(energyWh) {
      await tell('Ended', 'RemoteStop', energyWh, {}, { stoppedReason: 'Remote' });
    },
    [Symbol.asyncDispose]: () => station[Symbol.asyncDispose](),
  };
}

async function openPile(url: string): Promise<MeteredCharge> {
  const { identity } = METERED_STATIONS.YKC;
  const pile = await BarePile.enter(url, identity, { offsetMinutes: 0 });
  const balances: number[] = [];
  // 0x42: pile, gun, card, balance. 0x41: pile, card, result.
  pile.onFrame(0x42, (told) => {
    balances.push(told.body.readUInt32LE(16));
    pile.answer(told, 0x41, Buffer.concat([bcd(identity, 7), told.body.subarray(8, 16), number(0, 1)]));
  });
  let card = '';
  let serial = '';
  const startedAt = Date.now();
  const show = async (energyWh: number, status: 'charging' | 'idle') => {
    pile.report(1, {
      serial,
      status,
      plugged: true,
      voltageDeciVolt: 4000,
      currentDeciAmpere: 500,
      energyDeciWh: energyWh * 10,
    });
    await pile.heartbeat();
  };
  return {
    balances,
    async start(idToken) {
      card = idToken;
      const answer = await pile.showCard(idToken);
      assert.ok(answer.accepted, `refused with ${answer.reason}`);
      balances.push(answer.balance);
      serial = answer.serial;
      await show(0, 'charging');
    },
    measure: (energyWh) => show(energyWh, 'charging'),
    async ordered() {
      pile.answerStop(await pile.nextStop());
    },
    async end(energyWh) {
      const meterStartDeciWh = METER_START_WH * 10;
      const meters = { meterStartDeciWh, meterStopDeciWh: meterStartDeciWh + energyWh * 10 };
      const facts = { startedAt, stopReason: STOPPED.byApp, ...meters };
      assert.equal(await pile.deliver(recordEndingNow(serial, card, facts)), 0);
    },
    [Symbol.asyncDispose]: () => pile[Symbol.asyncDispose](),
  };
}
