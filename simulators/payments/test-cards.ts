/** What a bank does with a card. */
export interface TestCard {
  readonly brand: string;
  readonly last4: string;
  /** Refuses every charge, with this word. */
  readonly declineCode?: string;
  /** Wants its holder to confirm every charge that is not made while the holder is away. */
  readonly needsAction?: boolean;
  /** Whether what is held can be raised. */
  readonly canIncrease: boolean;
}

/** Cards by the tokens that Stripe has for tests, so that the same test can run against its test mode. */
export const TEST_CARDS: Readonly<Record<string, TestCard>> = {
  pm_card_visa: { brand: 'visa', last4: '4242', canIncrease: true },
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', canIncrease: false },
  pm_card_chargeCustomerFail: { brand: 'visa', last4: '0341', declineCode: 'generic_decline', canIncrease: false },
  pm_card_visa_chargeDeclinedInsufficientFunds: {
    brand: 'visa',
    last4: '9995',
    declineCode: 'insufficient_funds',
    canIncrease: false,
  },
  pm_card_authenticationRequired: { brand: 'visa', last4: '3184', needsAction: true, canIncrease: true },
};
