import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { InvoiceDocuments } from '../../contract/invoices.ts';
import { readContent, readInvoice } from '../persistence/invoices-repository.ts';
import { type ClaimedMail, claimMail, markFailed, markSent } from '../persistence/mails-repository.ts';
import { judgeFailure } from './judge-failure.ts';
import { mailText } from './mail-text.ts';
import type { Mailer } from './smtp-mailer.ts';

export interface SendOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly documents: InvoiceDocuments;
  readonly mailer: Mailer;
  /** How long a stop waits for the mail that is under way. */
  readonly lastMomentMs?: number;
}

/** Longer than a mail takes, timeouts included: before that, nobody else takes it up. */
const CLAIM_MS = 10 * 60_000;
const MAX_ATTEMPTS = 10;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** What mail servers usually take. */
const MAX_ATTACHMENT_BYTES = 15 * 1024 * 1024;
const ERROR_LIMIT = 500;
/** A mail that is under way when the server stops may arrive: it would go out twice. No stop waits longer for it. */
const LAST_MOMENT_MS = 5000;

/**
 * Sends what is due, one after the other. May be cut off anywhere and run again, also by several at once: a mail is claimed before it is sent, and what
 * is stored as sent is never sent again. Should the process die between the mail server's yes and that, the mail goes out twice, under the
 * same message id. Where the mail server takes none at all, the others wait for the next run.
 */
export async function sendMails(options: SendOptions, signal: AbortSignal): Promise<void> {
  const { knex, clock, logger } = options;
  while (!signal.aborted) {
    const now = clock.now();
    const mail = await withDatabaseErrors(() => claimMail(knex, now, instant(now + CLAIM_MS)));
    if (mail === undefined) return;
    let failure: unknown;
    try {
      // Its senders died each time.
      if (mail.attempts > MAX_ATTEMPTS) throw new Error('the mail was tried too often');
      await send(options, mail, signal);
    } catch (error) {
      failure = error ?? new Error('sending failed without an error');
    }
    if (failure === undefined) {
      await withDatabaseErrors(() => markSent(knex, mail.id, clock.now()));
      continue;
    }
    const judged = judgeFailure(failure);
    // What our own stop has cut off says nothing of the mail.
    const isOver =
      !signal.aborted && (mail.attempts >= MAX_ATTEMPTS || judged === 'never' || failure instanceof TooLarge);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 4 ** (mail.attempts - 1), LONGEST_PAUSE_MS);
    const retryAt = isOver ? null : instant(clock.now() + pauseMs);
    const facts = { mail: mail.id, invoice: mail.invoiceId, attempts: mail.attempts, err: failure };
    if (isOver) logger.error(facts, 'an invoice could not be sent by e-mail');
    else logger.warn(facts, 'an e-mail could not be sent and is tried again');
    await withDatabaseErrors(() => markFailed(knex, mail.id, textOf(failure), retryAt));
    if (judged === 'server') return;
  }
}

class TooLarge extends Error {}

async function send(
  { knex, documents, mailer, lastMomentMs = LAST_MOMENT_MS }: SendOptions,
  mail: ClaimedMail,
  signal: AbortSignal,
): Promise<void> {
  const invoice = await readInvoice(knex, EVERYTHING, mail.invoiceId);
  if (invoice === undefined) throw new Error('the invoice of a mail is gone');
  const { issuer } = await readContent(knex, mail.invoiceId);
  const attachment = await unlessAborted(documents.pdf(EVERYTHING, mail.invoiceId, mail.language), signal);
  if (attachment.bytes.length > MAX_ATTACHMENT_BYTES) throw new TooLarge('the invoice is too large for an e-mail');
  const overdue = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const last = (): void => {
    timer = setTimeout(() => overdue.abort(), lastMomentMs).unref();
  };
  signal.addEventListener('abort', last, { once: true });
  try {
    await mailer.send(
      {
        ...{ id: mail.id, to: mail.to, replyTo: issuer.email, attachment },
        ...mailText(invoice, issuer.name, mail.language),
      },
      overdue.signal,
    );
  } finally {
    signal.removeEventListener('abort', last);
    clearTimeout(timer);
  }
}

/** Printing a long invoice takes a while, for which no stop waits. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const give = (): void => aborted.reject(new Error('the server stops'));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', give);
    work.catch(() => {});
  }
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, ERROR_LIMIT);
}
