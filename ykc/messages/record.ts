import {
  ascii,
  bcd,
  bytes,
  CHARGE_HEAD,
  cp56,
  meterKwh,
  tenThousandthKwh,
  tenThousandthYuan,
  txSerial,
  u8,
  u16,
  yuanPerKwh,
} from '../fields/notation.ts';
import { STOP_REASONS } from '../tables/stop-reasons.ts';
import { down, up } from './message.ts';

const TIMES = { ...CHARGE_HEAD, start: cp56, end: cp56 } as const;

/** By rate: price (electricity and service), energy, energy with loss, amount. */
const RATES = {
  sharpPrice: yuanPerKwh,
  sharpEnergy: tenThousandthKwh,
  sharpLossEnergy: tenThousandthKwh,
  sharpAmount: tenThousandthYuan,
  peakPrice: yuanPerKwh,
  peakEnergy: tenThousandthKwh,
  peakLossEnergy: tenThousandthKwh,
  peakAmount: tenThousandthYuan,
  flatPrice: yuanPerKwh,
  flatEnergy: tenThousandthKwh,
  flatLossEnergy: tenThousandthKwh,
  flatAmount: tenThousandthYuan,
  valleyPrice: yuanPerKwh,
  valleyEnergy: tenThousandthKwh,
  valleyLossEnergy: tenThousandthKwh,
  valleyAmount: tenThousandthYuan,
} as const;

const TOTALS = {
  totalEnergy: tenThousandthKwh,
  totalLossEnergy: tenThousandthKwh,
  amount: tenThousandthYuan,
  vin: ascii(17),
  txType: u8({ meanings: { 1: 'app', 2: 'card', 4: 'offline card', 5: 'VIN' } }),
  txTime: cp56,
  stopReason: u8({ meanings: STOP_REASONS }),
  /** Zeros without a card. */
  physCard: bytes(8),
} as const;

/** Up to V1.4: meters of four bytes. */
export const oldTransactionRecord = up(0x39, 'transaction record, before V1.5', 0x40, {
  ...TIMES,
  ...RATES,
  meterStart: tenThousandthKwh,
  meterEnd: tenThousandthKwh,
  ...TOTALS,
});

/** Within 30 s of the end; repeated until confirmed, from the pile's memory after a break. */
export const transactionRecord = up(0x3b, 'transaction record', 0x40, {
  ...TIMES,
  ...RATES,
  meterStart: meterKwh,
  meterEnd: meterKwh,
  ...TOTALS,
});

export const transactionRecord17 = up(0x3d, 'transaction record, V1.7', 0x40, {
  ...TIMES,
  meterNo: bcd(6),
  meterCipher: bytes(34),
  meterProto: u16(),
  cipherMode: u8(),
  ...RATES,
  meterStart: meterKwh,
  meterEnd: meterKwh,
  ...TOTALS,
});

/** The pile deletes its copy. */
export const recordConfirmation = down(0x40, 'record confirmation', null, {
  txSerial,
  result: u8({ meanings: { 0: 'accepted', 1: 'illegal bill' } }),
});
