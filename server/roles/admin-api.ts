import type { Mount } from '@voltpile/admin-api/http/app';
import type { Readiness } from '@voltpile/admin-api/routes/health';
import type { PlatformView } from '@voltpile/admin-api/routes/services';
import type { SettingsView } from '@voltpile/admin-api/routes/settings';
import { type AdminApi, createAdminApi } from '@voltpile/admin-api/service';
import type { InvoiceDocuments } from '@voltpile/billing/contract/invoices';
import {
  ACCOUNTS_PORT,
  CDRS_PORT,
  INVOICE_FILES_PORT,
  INVOICES_PORT,
  LEDGER_PORT,
  PAYMENTS_PORT,
  RECEIVED_PAYMENTS_PORT,
  SETTLEMENTS_PORT,
  STORED_TARIFFS_PORT,
  TARIFF_ASSIGNMENTS_PORT,
  TARIFF_DELIVERIES_PORT,
  TARIFFS_PORT,
  WALLETS_PORT,
} from '@voltpile/billing/contract/ports';
import {
  CHARGING_PROFILES_PORT,
  COMMANDS_PORT,
  DEVICE_MODEL_PORT,
  EVENTS_PORT,
  ID_TOKENS_PORT,
  LOCAL_LISTS_PORT,
  OFFLINE_RULES_PORT,
  RESERVATIONS_PORT,
  SITES_PORT,
  STATIONS_PORT,
  TRANSACTIONS_PORT,
} from '@voltpile/csms/contract/ports';
import type { FileContents } from '@voltpile/operations/contract/files';
import { ALARMS_PORT, FILES_PORT, LIVE_PORT, MESSAGE_LOG_PORT } from '@voltpile/operations/contract/ports';
import { jobsPortOf } from '@voltpile/platform/jobs/jobs-port';
import { storagePortOf } from '@voltpile/platform/storage/storage-port';
import type { PortExchange } from '../exchange/port-exchange.ts';
import type { StoringIngredients } from './ingredients.ts';

/** The API gateway. Nothing is opened until it is told to listen. */
export function makeAdminApi(
  { config, live, secret, database, logger, metrics, clock, exchange }: StoringIngredients,
  parts: {
    readonly fileContents: FileContents;
    readonly mounts: readonly Mount[];
    readonly readiness: () => Promise<Readiness>;
    readonly platform: PlatformView;
    readonly settings: SettingsView;
  },
): AdminApi {
  return createAdminApi({
    host: config.host,
    port: config.httpPort,
    trustedProxies: config.trustedProxies,
    secret,
    knex: database.knex,
    ports: {
      sites: exchange.get(SITES_PORT),
      stations: exchange.get(STATIONS_PORT),
      idTokens: exchange.get(ID_TOKENS_PORT),
      transactions: exchange.get(TRANSACTIONS_PORT),
      commands: exchange.get(COMMANDS_PORT),
      deviceModel: exchange.get(DEVICE_MODEL_PORT),
      reservations: exchange.get(RESERVATIONS_PORT),
      chargingProfiles: exchange.get(CHARGING_PROFILES_PORT),
      events: exchange.get(EVENTS_PORT),
      messageLog: exchange.get(MESSAGE_LOG_PORT),
      live: exchange.get(LIVE_PORT),
      alarms: exchange.get(ALARMS_PORT),
      jobs: {
        csms: exchange.get(jobsPortOf('csms')),
        billing: exchange.get(jobsPortOf('billing')),
        operations: exchange.get(jobsPortOf('operations')),
      },
      storage: {
        csms: exchange.get(storagePortOf('csms')),
        billing: exchange.get(storagePortOf('billing')),
        operations: exchange.get(storagePortOf('operations')),
      },
      files: exchange.get(FILES_PORT),
      localLists: exchange.get(LOCAL_LISTS_PORT),
      offlineRules: exchange.get(OFFLINE_RULES_PORT),
      tariffs: exchange.get(TARIFFS_PORT),
      storedTariffs: exchange.get(STORED_TARIFFS_PORT),
      tariffAssignments: exchange.get(TARIFF_ASSIGNMENTS_PORT),
      tariffDeliveries: exchange.get(TARIFF_DELIVERIES_PORT),
      accounts: exchange.get(ACCOUNTS_PORT),
      wallets: exchange.get(WALLETS_PORT),
      receivedPayments: exchange.get(RECEIVED_PAYMENTS_PORT),
      ledger: exchange.get(LEDGER_PORT),
      cdrs: exchange.get(CDRS_PORT),
      settlements: exchange.get(SETTLEMENTS_PORT),
      payments: exchange.get(PAYMENTS_PORT),
    },
    invoicing: { port: exchange.get(INVOICES_PORT), documents: invoiceDocuments(exchange) },
    fileContents: parts.fileContents,
    mounts: parts.mounts,
    firstAdministrator: { email: config.adminEmail ?? undefined, password: config.adminPassword ?? undefined },
    readiness: parts.readiness,
    platform: parts.platform,
    settings: parts.settings,
    limits: { requestsPerUser: { points: () => live.apiRequestsPerUser, seconds: 10 } },
    metricsRegistry: metrics.registry,
    logger: logger.child({ component: 'admin-api' }),
    clock,
  });
}

function invoiceDocuments(exchange: PortExchange): InvoiceDocuments {
  const port = exchange.get(INVOICE_FILES_PORT);
  return {
    async pdf(...question) {
      const { fileName, base64 } = await port.pdf(...question);
      return { fileName, bytes: Buffer.from(base64, 'base64') };
    },
  };
}
