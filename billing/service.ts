import type { TariffsPort } from './contract/tariffs-port.ts';
import { priceSession } from './rating/price-session.ts';
import { validateTariff } from './tariff/validate-tariff.ts';

export interface Billing {
  readonly tariffs: TariffsPort;
}

/** What things cost. Nothing is stored yet. */
export function createBilling(): Billing {
  return {
    tariffs: {
      preview: async (tariff, session) => priceSession(tariff, session),
      validate: async (tariff) => validateTariff(tariff),
    },
  };
}
