import { bcd, pileNo, slots, u8, yuanPerKwh } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** Declared as digits, and real platforms send `f002`: two opaque bytes. */
const modelNo = bcd(2);

/** Four rates (尖 sharp, 峰 peak, 平 flat, 谷 valley), and which of them each half hour of the day has. */
const TARIFF_MODEL = {
  pileNo,
  modelNo,
  sharpElec: yuanPerKwh,
  sharpService: yuanPerKwh,
  peakElec: yuanPerKwh,
  peakService: yuanPerKwh,
  flatElec: yuanPerKwh,
  flatService: yuanPerKwh,
  valleyElec: yuanPerKwh,
  valleyService: yuanPerKwh,
  /** Unit not stated; to be kept 0. */
  lossRatio: u8(),
  slots: slots(48),
} as const;

/** After login, before any charge; repeated until answered. */
export const tariffCheck = up(0x05, 'tariff model check', 0x06, { pileNo, modelNo });
export const tariffCheckReply = down(0x06, 'tariff model check reply', null, {
  pileNo,
  modelNo,
  result: u8({ meanings: { 0: 'same as the platform', 1: 'differs' } }),
});

export const tariffRequest = up(0x09, 'tariff model request', 0x0a, { pileNo });
export const tariffModel = down(0x0a, 'tariff model reply', null, TARIFF_MODEL);

export const tariffSetReply = up(0x57, 'tariff set reply', null, {
  pileNo,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
});
/** Only while the pile is idle. */
export const tariffSet = down(0x58, 'tariff set', 0x57, TARIFF_MODEL);
