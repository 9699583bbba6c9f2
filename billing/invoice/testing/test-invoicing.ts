import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { FakeClock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { MigrationSet } from '@voltpile/platform/database/migrations';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { CdrView } from '../../contract/cdr.ts';
import type { InvoiceParty } from '../../contract/invoices.ts';
import type { TariffContent } from '../../contract/tariff-content.ts';
import * as invoices from '../../persistence/migrations/0005-invoices.ts';
import type { MailSettings } from '../mail/smtp-mailer.ts';
import { createInvoicing, type Invoicing } from '../service.ts';
import type { CdrSource, TariffVersionRef } from '../sources.ts';
import { CUSTOMER, euroRecord, ISSUER } from './sample-records.ts';

export const INVOICE_MIGRATIONS: MigrationSet = {
  schema: 'billing',
  migrations: [{ name: '0005-invoices', up: invoices.up, down: invoices.down }],
};

const accountUnknown = defineError('test.no_account', 'NotFound', 'There is no account.');
const organizationUnknown = defineError('test.no_organization', 'NotFound', 'There is no organisation.');

/** Invoices on a real database, of records in memory. */
export interface TestInvoicing extends AsyncDisposable {
  readonly invoicing: Invoicing;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly accounts: Map<Uuid, InvoiceParty>;
  /** The source's; what it holds can be changed. */
  readonly records: CdrView[];
  /** Stands in for the source's methods. */
  readonly cdrs: { -readonly [Method in keyof CdrSource]: CdrSource[Method] };
  /** What versions of tariffs say; none are known at first. */
  readonly tariffs: (TariffVersionRef & { readonly content: TariffContent })[];
  readonly log: string[];
  /** Adds a record of the account. */
  charge(change?: Partial<CdrView>): CdrView;
}

export async function startTestInvoicing(mail: MailSettings | null = null): Promise<TestInvoicing> {
  const database = await createTestDatabase({ migrations: [INVOICE_MIGRATIONS] });
  const { knex } = database;
  const clock = new FakeClock('2026-06-01T07:00:00Z');
  const [organizationId, accountId] = [uuidv7(), uuidv7()];
  const accounts = new Map<Uuid, InvoiceParty>([[accountId, CUSTOMER]]);
  const records: CdrView[] = [];
  const tariffs: TestInvoicing['tariffs'] = [];
  const log: string[] = [];
  const cdrs: CdrSource = {
    get: async (ids) => records.filter(({ id }) => ids.includes(id)),
    uninvoiced: async ({ organizationId: organization, accountId: account, from, to, currency, limit }) => {
      const named: Uuid[] = await knex('billing.invoice_cdrs').where({ is_reversal: false }).pluck('cdr_id');
      const taken = new Set(named);
      return records
        .filter(
          (record) =>
            record.organizationId === organization &&
            record.accountId === account &&
            record.endedAt >= from &&
            record.endedAt < to &&
            (currency === undefined || record.currency === currency) &&
            !taken.has(record.id),
        )
        .slice(0, limit);
    },
  };
  const invoicing = createInvoicing({
    knex,
    clock,
    logger: createLogger({ level: 'debug', format: 'json', write: (line) => void log.push(line) }),
    cdrs,
    tariffs: {
      contents: async (versions) =>
        tariffs.filter((known) => versions.some(({ id, version }) => id === known.id && version === known.version)),
    },
    parties: {
      get: async (id) => {
        const party = accounts.get(id);
        if (party === undefined) throw accountUnknown();
        return { ...party, organizationId };
      },
    },
    organizations: {
      getOrganization: async (_scope, id) => {
        if (id !== organizationId) throw organizationUnknown();
        return {};
      },
    },
    mail,
  });
  await invoicing.port.setIssuer(EVERYTHING, organizationId, ISSUER);
  return {
    ...{ invoicing, database, clock, organizationId, accountId, accounts, records, cdrs, tariffs, log },
    charge(change = {}) {
      const record = euroRecord({ organizationId, accountId, ...change });
      records.push(record);
      return record;
    },
    async [Symbol.asyncDispose]() {
      await invoicing.stop();
      await database.dispose();
    },
  };
}
