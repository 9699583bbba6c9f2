import type { Clock } from '@voltpile/kernel/clock';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { InvoiceDocuments, InvoicesPort } from '../contract/invoices.ts';
import { createInvoiceDocuments } from './documents.ts';
import { createInvoicesService } from './invoices-service.ts';
import { MailQueue } from './mail/mail-queue.ts';
import { sendMails } from './mail/send-mails.ts';
import { createSmtpMailer, type MailSettings } from './mail/smtp-mailer.ts';
import { PdfRenderer } from './pdf/pdf-renderer.ts';
import { readIssuer } from './persistence/issuers-repository.ts';
import type { CdrSource, OrganizationSource, PartySource, TariffSource } from './sources.ts';

export interface InvoicingDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cdrs: CdrSource;
  readonly tariffs: TariffSource;
  readonly parties: PartySource;
  readonly organizations: OrganizationSource;
  /** null: no invoice is sent by e-mail. */
  readonly mail: MailSettings | null;
}

export interface Invoicing {
  readonly port: InvoicesPort;
  readonly documents: InvoiceDocuments;
  /** For the job runner of the platform; none without a mail server. */
  readonly jobs: readonly Job[];
  stop(): Promise<void>;
}

/** Invoices and credit notes: issued, printed, and sent by e-mail. */
export function createInvoicing(dependencies: InvoicingDependencies): Invoicing {
  const { knex, clock, cdrs, tariffs, parties, organizations, mail } = dependencies;
  const logger = dependencies.logger.child({ component: 'invoices' });
  const renderer = new PdfRenderer();
  const documents = createInvoiceDocuments(knex, renderer);
  const mailer = mail === null ? null : createSmtpMailer(mail);
  const issuers = { get: (organizationId: string) => readIssuer(knex, organizationId) };
  const mails = new MailQueue(knex, clock, mailer !== null);
  return {
    port: createInvoicesService({ knex, clock, cdrs, tariffs, parties, issuers, organizations, mails }),
    documents,
    jobs:
      mailer === null
        ? []
        : [
            {
              name: 'billing.send-mails',
              schedule: '*/15 * * * * *',
              run: (signal) => sendMails({ knex, clock, logger, documents, mailer }, signal),
            },
          ],
    async stop() {
      mailer?.close();
      await renderer.stop();
    },
  };
}
