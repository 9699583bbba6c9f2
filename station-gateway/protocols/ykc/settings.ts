import type { CrcStyle } from './pile/stream.ts';
import { FREE_OF_CHARGE, type TariffModel } from './tariff-model.ts';

export interface YkcSettings {
  readonly crc: CrcStyle;
  /** Prices that piles show and count by. */
  readonly tariff: TariffModel;
  /** What a pile may spend on a charge for which nobody has set a limit, 0.01 yuan. It stops when that is used up. */
  readonly spendingCapFen: number;
  /** Text before the number in the QR codes of piles; null: they keep theirs. */
  readonly qrCodePrefix: string | null;
}

export const DEFAULT_YKC_SETTINGS: YkcSettings = {
  crc: 'low-first',
  tariff: FREE_OF_CHARGE,
  spendingCapFen: 100_000,
  qrCodePrefix: null,
};
