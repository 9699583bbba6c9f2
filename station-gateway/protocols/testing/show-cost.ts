import type { ShowCost } from '@voltpile/csms/contract/commands';

/** What a charge costs, as the domain gives it. */
export function showCostOf(more: Partial<ShowCost['payload']> = {}, stationTransactionId = '77'): ShowCost {
  return {
    action: 'show-cost',
    stationTransactionId,
    payload: {
      evseId: 1,
      idToken: 'CARD',
      cost: { amount: '12.30', currency: 'EUR' },
      remaining: null,
      meterWh: 5000.4,
      asOf: '2026-03-01T12:10:00.000Z',
      isCharging: true,
      isFinal: false,
      ...more,
    },
  };
}
