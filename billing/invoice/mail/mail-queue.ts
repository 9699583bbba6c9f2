import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { InvoiceEmailView, InvoiceLanguage, InvoiceView } from '../../contract/invoices.ts';
import { readContent } from '../persistence/invoices-repository.ts';
import { countMails, insertMail } from '../persistence/mails-repository.ts';

export const mailOff = defineError(
  'invoice.mail_off',
  'FailedPrecondition',
  'No mail server is set (VOLTPILE_SMTP_URL, VOLTPILE_MAIL_FROM).',
);
export const noRecipient = defineError(
  'invoice.no_recipient',
  'FailedPrecondition',
  'The customer of this invoice has no e-mail address; say where it is to go.',
);
export const tooManyMails = defineError(
  'invoice.too_many_mails',
  'FailedPrecondition',
  'An invoice is sent at most {most} times.',
);

/** Nobody sends one invoice more often on purpose. */
const MAX_MAILS = 50;

/** Where mails wait to be sent; sending is a job of its own, so that nothing ever waits for a mail server. */
export class MailQueue {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #isOn: boolean;

  constructor(knex: Knex, clock: Clock, isOn: boolean) {
    this.#knex = knex;
    this.#clock = clock;
    this.#isOn = isOn;
  }

  /**
   * @param options.to absent: the customer's address on the invoice
   * @throws FailedPrecondition `invoice.mail_off`, `invoice.no_recipient`, `invoice.too_many_mails`
   */
  async put(
    invoice: InvoiceView,
    options: { readonly to?: string | undefined; readonly language?: InvoiceLanguage | undefined },
  ): Promise<InvoiceEmailView> {
    if (!this.#isOn) throw mailOff();
    return withDatabaseErrors(async () => {
      const to = options.to ?? (await readContent(this.#knex, invoice.id)).customer?.email ?? null;
      if (to === null) throw noRecipient();
      if ((await countMails(this.#knex, invoice.id)) >= MAX_MAILS) throw tooManyMails({ most: MAX_MAILS });
      const now = this.#clock.now();
      const language = options.language ?? invoice.language;
      return insertMail(this.#knex, { id: uuidv7(now), invoiceId: invoice.id, to, language, now });
    });
  }
}
