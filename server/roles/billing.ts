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
import type { MailSettings } from '@voltpile/billing/invoice/mail/smtp-mailer';
import type { StripeSettings } from '@voltpile/billing/payment/stripe/stripe-provider';
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
import type { Config } from '../settings/settings.ts';
import type { StoringIngredients } from './ingredients.ts';

/** What things cost, who pays, and the books. */
export function makeBilling(ingredients: StoringIngredients, resources: AsyncDisposableStack): Billing {
  const { config, live, database, logger, metrics, clock, exchange } = ingredients;
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
      mail: mailSettings(config),
      stripe: stripeSettings(config),
      funds: {
        get holdAmount() {
          return live.holdAmount;
        },
        get minimumAmount() {
          return live.minimumBalance;
        },
        // A station that gets no answer in time is cut off: this leaves time to say no.
        get cardWaitMs() {
          return Math.min(10, live.holdReplySeconds / 2) * 1000;
        },
      },
    },
  });
  resources.defer(() => billing.stop());
  return billing;
}

function mailSettings({ smtpUrl, mailFrom: from }: Config): MailSettings | null {
  return smtpUrl === null || from === null ? null : { smtpUrl, from };
}

function stripeSettings(config: Config): StripeSettings | null {
  const { stripeSecretKey: secretKey, stripeWebhookSecret: webhookSecret, stripeApiUrl: apiUrl } = config;
  if (secretKey === null || webhookSecret === null) return null;
  return { secretKey, webhookSecret, apiUrl, timeoutMs: config.stripeTimeoutSeconds * 1000 };
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
