import { cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { transactionRecord } from '@voltpile/ykc/messages/record';
import type { startRequest } from '@voltpile/ykc/messages/start';
import { PILE_NO } from './pile-bench.ts';

export const SERIAL = `${PILE_NO}012603011800000001`;
export const NO_SERIAL = '0'.repeat(32);
/** 18:00 in Shanghai, when the tests begin. */
export const BEGIN_WALL_MS = Date.UTC(2026, 2, 1, 18, 0, 0);

/** Bodies of frames, with what a test wants to be different. */
export function realtime(
  given: Partial<ValuesOf<typeof realtimeData.fields>> = {},
): ValuesOf<typeof realtimeData.fields> {
  return {
    txSerial: SERIAL,
    pileNo: PILE_NO,
    gun: '01',
    status: 3,
    homed: 0,
    plugged: 1,
    voltage: 4001,
    current: 1234,
    cableTemp: -50,
    cableCode: '0'.repeat(16),
    soc: 0,
    battTempMax: -50,
    chargedMin: 1,
    remainMin: 60,
    energy: 4321,
    lossEnergy: 4321,
    amount: 0,
    faults: 0,
    ...given,
  };
}

export const idle = (given: Partial<ValuesOf<typeof realtimeData.fields>> = {}) =>
  realtime({ txSerial: NO_SERIAL, status: 2, plugged: 0, voltage: 0, current: 0, energy: 0, lossEnergy: 0, ...given });

export function cardRequest(
  given: Partial<ValuesOf<typeof startRequest.fields>> = {},
): ValuesOf<typeof startRequest.fields> {
  return {
    pileNo: PILE_NO,
    gun: '01',
    mode: 1,
    needPwd: 0,
    cardOrAccount: '00000000d14b0a54',
    pwd: '',
    vin: '',
    ...given,
  };
}

/** 10 kWh at the flat rate, from 18:00 to 18:30. */
export function record(
  given: Partial<ValuesOf<typeof transactionRecord.fields>> = {},
): ValuesOf<typeof transactionRecord.fields> {
  const end = cp56OfWallMs(BEGIN_WALL_MS + 30 * 60_000);
  return {
    txSerial: SERIAL,
    pileNo: PILE_NO,
    gun: '01',
    start: cp56OfWallMs(BEGIN_WALL_MS),
    end,
    sharpPrice: 0,
    sharpEnergy: 0,
    sharpLossEnergy: 0,
    sharpAmount: 0,
    peakPrice: 0,
    peakEnergy: 0,
    peakLossEnergy: 0,
    peakAmount: 0,
    flatPrice: 110_000,
    flatEnergy: 100_000,
    flatLossEnergy: 0,
    flatAmount: 110_000,
    valleyPrice: 0,
    valleyEnergy: 0,
    valleyLossEnergy: 0,
    valleyAmount: 0,
    meterStart: 76_543_215,
    meterEnd: 76_643_215,
    totalEnergy: 100_000,
    totalLossEnergy: 0,
    amount: 110_000,
    vin: '',
    txType: 2,
    txTime: end,
    stopReason: 0x45,
    physCard: '00000000d14b0a54',
    ...given,
  };
}
