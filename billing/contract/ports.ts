import { definePort, READS } from '@voltpile/kernel/port-contract';
import type { AccountsPort } from './accounts.ts';
import type { CdrsPort } from './cdr.ts';
import type { InvoiceDocuments, InvoicesPort } from './invoices.ts';
import type { LedgerPort } from './ledger.ts';
import type { PaymentsPort } from './payments.ts';
import type { ReceivedPaymentsPort } from './received-payments.ts';
import type { SettlementsPort } from './settlement.ts';
import type { StoredTariffsPort } from './stored-tariffs.ts';
import type { TariffAssignmentsPort } from './tariff-assignments.ts';
import type { TariffDeliveriesPort } from './tariff-deliveries.ts';
import type { TariffsPort } from './tariffs-port.ts';
import type { WalletsPort } from './wallets.ts';

/** How the ports that this room declares cross a network. */

/** A payment provider is asked. */
const PROVIDER_MS = 60_000;

export const TARIFFS_PORT = definePort<TariffsPort>({
  name: 'tariffs',
  version: 1,
  service: 'billing',
  methods: {
    preview: READS,
    validate: READS,
  },
});

export const STORED_TARIFFS_PORT = definePort<StoredTariffsPort>({
  name: 'stored-tariffs',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    listVersions: READS,
    getVersion: READS,
    preview: READS,
    create: {},
    update: {},
    addVersion: {},
    withdrawVersion: {},
  },
});

export const TARIFF_ASSIGNMENTS_PORT = definePort<TariffAssignmentsPort>({
  name: 'tariff-assignments',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    holding: READS,
    create: {},
    close: {},
  },
});

export const TARIFF_DELIVERIES_PORT = definePort<TariffDeliveriesPort>({
  name: 'tariff-deliveries',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    sendAgain: {},
  },
});

export const ACCOUNTS_PORT = definePort<AccountsPort>({
  name: 'accounts',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    listGroups: READS,
    getGroup: READS,
    create: {},
    update: {},
    createGroup: {},
    updateGroup: {},
  },
});

export const WALLETS_PORT = definePort<WalletsPort>({
  name: 'wallets',
  version: 1,
  service: 'billing',
  methods: {
    get: READS,
    statement: READS,
    holds: READS,
    topUp: {},
  },
});

export const RECEIVED_PAYMENTS_PORT = definePort<ReceivedPaymentsPort>({
  name: 'received-payments',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    book: {},
    reverse: {},
  },
});

export const LEDGER_PORT = definePort<LedgerPort>({
  name: 'ledger',
  version: 1,
  service: 'billing',
  methods: {
    listEntries: READS,
    getEntry: READS,
    listBalances: READS,
    listProofs: READS,
    prove: { timeoutMs: 120_000 },
  },
});

export const CDRS_PORT = definePort<CdrsPort>({
  name: 'cdrs',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    whatIf: READS,
  },
});

export const SETTLEMENTS_PORT = definePort<SettlementsPort>({
  name: 'settlements',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    decide: {},
  },
});

export const PAYMENTS_PORT = definePort<PaymentsPort>({
  name: 'payments',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    listRefunds: READS,
    listMethods: READS,
    refund: { timeoutMs: PROVIDER_MS },
    setUpMethod: { timeoutMs: PROVIDER_MS },
    topUpByCard: { timeoutMs: PROVIDER_MS },
  },
});

export const INVOICES_PORT = definePort<InvoicesPort>({
  name: 'invoices',
  version: 1,
  service: 'billing',
  methods: {
    list: READS,
    get: READS,
    getIssuer: READS,
    issue: {},
    credit: {},
    email: {},
    setIssuer: {},
  },
});

/** As {@link InvoiceDocuments}, in the form that crosses a network. */
export interface InvoiceFilesPort {
  pdf(
    ...question: Parameters<InvoiceDocuments['pdf']>
  ): Promise<{ readonly fileName: string; readonly base64: string }>;
}

export const INVOICE_FILES_PORT = definePort<InvoiceFilesPort>({
  name: 'invoice-files',
  version: 1,
  service: 'billing',
  methods: { pdf: { ...READS, timeoutMs: 30_000, concurrency: 8 } },
});
