import {
  ACCOUNTS_PORT,
  CDRS_PORT,
  INVOICE_FILES_PORT,
  INVOICES_PORT,
  LEDGER_PORT,
  PAYMENTS_PORT,
  SETTLEMENTS_PORT,
  STORED_TARIFFS_PORT,
  TARIFF_ASSIGNMENTS_PORT,
  TARIFF_DELIVERIES_PORT,
  TARIFFS_PORT,
  WALLETS_PORT,
} from '@voltpile/billing/contract/ports';
import { type Billing, createBilling } from '@voltpile/billing/service';
import {
  BILLING_EVENTS,
  CHARGING_CURVES_PORT,
  COMMANDS_PORT,
  COSTS_PORT,
  FUNDS_PORT,
  SITES_PORT,
  STATION_TARIFFS_PORT,
  STATIONS_PORT,
  TRANSACTIONS_PORT,
} from '@voltpile/csms/contract/ports';
import type { StoringIngredients } from './ingredients.ts';

/** What things cost, who pays, and the books. */
export function makeBilling(ingredients: StoringIngredients, resources: AsyncDisposableStack): Billing {
  const { config, database, logger, metrics, clock, exchange } = ingredients;
  const billing = createBilling({
    database,
    clock,
    logger,
    metrics,
    ports: {
      sites: exchange.get(SITES_PORT),
      stations: exchange.get(STATIONS_PORT),
      transactions: exchange.get(TRANSACTIONS_PORT),
      commands: exchange.get(COMMANDS_PORT),
      curves: exchange.get(CHARGING_CURVES_PORT),
      costs: exchange.get(COSTS_PORT),
    },
    settings: {
      mail: config.mail,
      stripe: config.stripe === null ? null : { ...config.stripe, timeoutMs: config.stripe.timeoutSeconds * 1000 },
      funds: {
        holdAmount: config.funds.holdAmount,
        minimumAmount: config.funds.minimumBalance,
        // A station that gets no answer in time is cut off: this leaves time to say no.
        cardWaitMs: Math.min(10, config.holdReplySeconds / 2) * 1000,
      },
    },
  });
  resources.defer(() => billing.stop());
  return billing;
}

/** What others may ask, from now on. */
export function offerBilling({ exchange }: StoringIngredients, billing: Billing): void {
  exchange.offer(FUNDS_PORT, billing.funds);
  exchange.offer(STATION_TARIFFS_PORT, billing.stationTariffs);
  exchange.offer(BILLING_EVENTS, {
    types: async () => billing.followedEvents,
    follow: (events) => billing.follow(events),
  });
  exchange.offer(TARIFFS_PORT, billing.tariffs);
  exchange.offer(STORED_TARIFFS_PORT, billing.storedTariffs);
  exchange.offer(TARIFF_ASSIGNMENTS_PORT, billing.tariffAssignments);
  exchange.offer(TARIFF_DELIVERIES_PORT, billing.tariffDeliveries);
  exchange.offer(ACCOUNTS_PORT, billing.accounts);
  exchange.offer(WALLETS_PORT, billing.wallets);
  exchange.offer(LEDGER_PORT, billing.ledger);
  exchange.offer(CDRS_PORT, billing.cdrs);
  exchange.offer(SETTLEMENTS_PORT, billing.settlements);
  exchange.offer(PAYMENTS_PORT, billing.payments);
  exchange.offer(INVOICES_PORT, billing.invoices);
  exchange.offer(INVOICE_FILES_PORT, {
    async pdf(...question) {
      const { fileName, bytes } = await billing.invoiceDocuments.pdf(...question);
      return { fileName, base64: Buffer.from(bytes).toString('base64') };
    },
  });
}
