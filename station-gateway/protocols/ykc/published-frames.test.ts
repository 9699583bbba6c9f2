import assert from 'node:assert/strict';
import type { StationBill } from '@voltpile/csms/contract/station-port';
import { publishedFrames } from '@voltpile/ykc/testing/mutated-frames';
import { PileBench } from './testing/pile-bench.ts';

/** What each type is told to the domain as, and what answers it; the others answer a command. */
const HANDLED: Readonly<Record<string, readonly [methods: readonly string[], answers: readonly string[]]>> = {
  '0x01': [['booted'], ['0x02', '0x56', '0x12']],
  '0x03': [['heartbeat'], ['0x04']],
  '0x05': [['tariffAsked'], ['0x06']],
  '0x09': [['tariffAsked', 'tariffTaken'], ['0x0A']],
  '0x13': [['connectorStatusChanged', 'transactionStarted'], []],
  '0x17': [['transactionUpdated'], []],
  '0x19': [['transactionUpdated'], []],
  '0x1D': [['factReported'], []],
  '0x21': [['factReported'], []],
  '0x25': [['transactionUpdated'], []],
  '0x31': [['authorize'], ['0x32']],
  '0x3B': [['transactionStarted', 'transactionEnded'], ['0x40']],
  // Its clock stands years before ours: it is set once more.
  '0x55': [[], ['0x56']],
  '0x61': [['factReported'], []],
  '0x93': [['firmwareStatusChanged'], []],
  '0xA1': [['authorize'], ['0xA2']],
};

const frames = publishedFrames().filter(({ crcOk, structOk }) => crcOk && structOk);

describe('frames that others have published', () => {
  const handed = async (hex: string): Promise<PileBench> => {
    const bench = await PileBench.loggedIn();
    await bench.say(Buffer.from(hex, 'hex'));
    return bench;
  };
  const only = (type: string): string => {
    const [frame] = frames.filter((one) => one.type === type);
    assert.ok(frame !== undefined, type);
    return frame.hex;
  };

  it('are told and answered by their type, with the sequence of what they ask', async () => {
    let told = 0;
    for (const { type, hex, seqBytes } of frames) {
      if (Number(type) % 2 === 0) continue;
      const [methods, answers] = HANDLED[type] ?? [[], []];
      const bench = await handed(hex);
      const sent = bench.frames();
      assert.deepEqual([bench.methods, sent.map(({ name }) => name)], [methods, answers], `${type}: ${hex}`);
      assert.deepEqual(bench.odds, type in HANDLED ? [] : ['unasked'], type);
      if (answers.length > 0 && type !== '0x55') assert.equal(sent[0]?.sequence, seqBytes, type);
      told += 1;
    }
    assert.ok(told >= 25, String(told));
  });

  it('0x13: a charge as it goes on', async () => {
    const bench = await handed(only('0x13'));
    const [{ readings, stationTransactionId, evse } = {}] = bench.told('transactionStarted');
    assert.deepEqual([stationTransactionId, evse], ['20231212000010000000001005713600', { evseId: 1, connectorId: 1 }]);
    const [{ values }] = readings as [{ values: { measurand: string; value: string; unit: string }[] }];
    assert.deepEqual(
      values.map(({ measurand, value, unit }) => `${measurand} ${value} ${unit}`),
      [
        'Energy.Active.Import.Register 8800.0 Wh',
        'Voltage 373.2 V',
        'Current.Import 101.2 A',
        'SoC 78 Percent',
        'Temperature 34 Celsius',
        'Temperature 35 Celsius',
      ],
    );
  });

  it('0x3B: a charge without registers, its bill in whole cents', async () => {
    const bench = await handed(only('0x3B'));
    const [{ timestamp: begin, readings } = {}] = bench.told('transactionStarted');
    const [{ timestamp: end, stopReason, bill } = {}] = bench.told('transactionEnded');
    assert.deepEqual(
      [begin, end],
      [
        { text: '2023-12-13T17:04:14.000', at: Date.parse('2023-12-13T09:04:14Z') },
        { text: '2023-12-13T17:09:36.000', at: Date.parse('2023-12-13T09:09:36Z') },
      ],
    );
    const { energyMilliWh, lossAdjustedMilliWh, amount, periods, details } = bill as StationBill;
    assert.deepEqual(
      [readings, stopReason, energyMilliWh, lossAdjustedMilliWh, amount],
      [[], 'Remote', 165_000, 165_000, '0.1400'],
    );
    assert.deepEqual(
      periods.map(({ name, pricePerKwh, energyMilliWh: energy }) => [name, pricePerKwh, energy]),
      [
        ['sharp', '1.50000', 0],
        ['peak', '1.30000', 0],
        ['flat', '1.10000', 0],
        ['valley', '0.90000', 165_000],
      ],
    );
    assert.deepEqual([details.kind, details.card, details.vin], [1, null, null]);
  });

  it('0x31: a card', async () => {
    const bench = await handed(only('0x31'));
    assert.deepEqual(
      bench.told('authorize').map(({ idToken, evseId }) => [idToken, evseId]),
      [[{ value: 'D14B0A54', type: 'ISO14443' }, 1]],
    );
  });
});
