import type { TariffsPort } from './contract/tariff-preview.ts';
import { priceSession } from './rating/price-session.ts';
import { toOcpiForm } from './tariff/ocpi-form.ts';

export interface Billing {
  readonly tariffs: TariffsPort;
}

/** What things cost. Nothing is stored yet. */
export function createBilling(): Billing {
  return { tariffs: { preview: async (tariff, session) => priceSession(toOcpiForm(tariff), session) } };
}
