import {
  anything,
  facts,
  filter,
  money,
  number,
  page,
  SCOPE_FILTER_PAGE,
  SCOPE_ID,
  SCOPE_ID_FACTS,
  SCOPE_ID_FILTER_PAGE,
  SCOPE_ID_PAGE,
  scope,
  takes,
  text,
  textOrNull,
} from '@voltpile/csms/contract/arguments';
import { definePort, READS } from '@voltpile/kernel/port-contract';
import * as z from 'zod';
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

const version = z.object({ tariff: facts, effectiveFrom: text.optional() });
const receivedPayment = z.object({
  amount: money,
  method: text,
  reference: text,
  receivedOn: text,
  keepCredit: z.boolean(),
  idempotencyKey: text,
  recordedBy: text,
});
const decided = { reason: text, version: text.optional() };
const reviewDecision = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('accept'), ...decided }),
  z.object({ decision: z.literal('correct'), energyWh: number, confirmUnlikely: z.boolean().optional(), ...decided }),
  z.object({ decision: z.literal('write-off'), ...decided }),
]);
const invoiceRequest = z.union([
  z.object({ cdrId: text }),
  z.object({ accountId: text, from: text, to: text, currency: text.optional() }),
]);

export const TARIFFS_PORT = definePort<TariffsPort>({
  name: 'tariffs',
  version: 1,
  service: 'billing',
  methods: {
    preview: { ...READS, args: takes(facts, facts) },
    validate: { ...READS, args: takes(anything) },
  },
});

export const STORED_TARIFFS_PORT = definePort<StoredTariffsPort>({
  name: 'stored-tariffs',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    listVersions: { ...READS, args: SCOPE_ID_PAGE },
    getVersion: { ...READS, args: takes(scope, text, number) },
    preview: { ...READS, args: takes(scope, z.object({ tariffId: text, version: number.optional() }), facts) },
    create: { args: takes(scope, z.object({ name: text, firstVersion: version.optional() }), textOrNull) },
    update: { args: SCOPE_ID_FACTS },
    addVersion: { args: takes(scope, text, version, textOrNull) },
    withdrawVersion: { args: takes(scope, text, number) },
  },
});

export const TARIFF_ASSIGNMENTS_PORT = definePort<TariffAssignmentsPort>({
  name: 'tariff-assignments',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    holding: { ...READS, args: takes(scope, text, filter) },
    create: { args: takes(scope, z.object({ tariffId: text, target: z.object({ kind: text }) }), textOrNull) },
    close: { args: takes(scope, text, text.optional(), textOrNull) },
  },
});

export const TARIFF_DELIVERIES_PORT = definePort<TariffDeliveriesPort>({
  name: 'tariff-deliveries',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    sendAgain: { args: SCOPE_ID },
  },
});

export const ACCOUNTS_PORT = definePort<AccountsPort>({
  name: 'accounts',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    listGroups: { ...READS, args: SCOPE_FILTER_PAGE },
    getGroup: { ...READS, args: SCOPE_ID },
    create: { args: takes(scope, z.object({ kind: text, name: text, currency: text })) },
    update: { args: SCOPE_ID_FACTS },
    createGroup: { args: takes(scope, z.object({ name: text })) },
    updateGroup: { args: takes(scope, text, z.object({ name: text.optional() })) },
  },
});

export const WALLETS_PORT = definePort<WalletsPort>({
  name: 'wallets',
  version: 1,
  service: 'billing',
  methods: {
    get: { ...READS, args: SCOPE_ID },
    statement: { ...READS, args: SCOPE_ID_PAGE },
    holds: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    topUp: { args: takes(scope, text, z.object({ amount: money, reason: text, idempotencyKey: text })) },
  },
});

export const RECEIVED_PAYMENTS_PORT = definePort<ReceivedPaymentsPort>({
  name: 'received-payments',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    book: { args: takes(scope, text, receivedPayment) },
    reverse: { args: takes(scope, text, z.object({ reason: text, reversedBy: text })) },
  },
});

export const LEDGER_PORT = definePort<LedgerPort>({
  name: 'ledger',
  version: 1,
  service: 'billing',
  methods: {
    listEntries: { ...READS, args: SCOPE_FILTER_PAGE },
    getEntry: { ...READS, args: SCOPE_ID },
    listBalances: { ...READS, args: SCOPE_FILTER_PAGE },
    listProofs: { ...READS, args: takes(page) },
    prove: { timeoutMs: 120_000, args: takes() },
  },
});

export const CDRS_PORT = definePort<CdrsPort>({
  name: 'cdrs',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    whatIf: { ...READS, args: SCOPE_ID_FACTS },
  },
});

export const SETTLEMENTS_PORT = definePort<SettlementsPort>({
  name: 'settlements',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    decide: { args: takes(scope, text, reviewDecision, text) },
  },
});

export const PAYMENTS_PORT = definePort<PaymentsPort>({
  name: 'payments',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    listRefunds: { ...READS, args: SCOPE_ID_PAGE },
    listMethods: { ...READS, args: SCOPE_ID_PAGE },
    refund: {
      timeoutMs: PROVIDER_MS,
      args: takes(scope, text, z.object({ amount: money.optional(), reason: text, requestedBy: text })),
    },
    setUpMethod: { timeoutMs: PROVIDER_MS, args: SCOPE_ID },
    topUpByCard: {
      timeoutMs: PROVIDER_MS,
      args: takes(scope, text, z.object({ amount: money, paymentMethodId: text })),
    },
  },
});

export const INVOICES_PORT = definePort<InvoicesPort>({
  name: 'invoices',
  version: 1,
  service: 'billing',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    getIssuer: { ...READS, args: SCOPE_ID },
    issue: { args: takes(scope, invoiceRequest) },
    credit: { args: takes(scope, text, text) },
    email: { args: takes(scope, text, z.object({ to: text.optional(), language: text.optional() })) },
    setIssuer: { args: SCOPE_ID_FACTS },
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
  methods: { pdf: { ...READS, timeoutMs: 30_000, concurrency: 8, args: takes(scope, text, textOrNull) } },
});
