import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { InvoiceEmailView, InvoiceLanguage } from '../../contract/invoices.ts';

interface MailRow {
  readonly id: Uuid;
  readonly invoice_id: Uuid;
  readonly recipient: string;
  readonly language: InvoiceLanguage;
  readonly status: InvoiceEmailView['status'];
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly sent_at: Date | null;
}

export interface NewMail {
  readonly id: Uuid;
  readonly invoiceId: Uuid;
  readonly to: string;
  readonly language: InvoiceLanguage;
  readonly now: Instant;
}

/** A mail that is ours to send until the time at which it was claimed for. */
export interface ClaimedMail {
  readonly id: Uuid;
  readonly invoiceId: Uuid;
  readonly to: string;
  readonly language: InvoiceLanguage;
  /** This one included. */
  readonly attempts: number;
}

const SHOWN = 20;

const mails = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('outgoing_mails');

/** Puts a mail into the queue, unless one to the same address waits there already. */
export async function insertMail(db: Knex, mail: NewMail): Promise<InvoiceEmailView> {
  await mails(db)
    .insert({
      id: mail.id,
      invoice_id: mail.invoiceId,
      recipient: mail.to,
      language: mail.language,
      status: 'queued',
      next_attempt_at: toIso(mail.now),
      created_at: toIso(mail.now),
    })
    .onConflict(db.raw(`(invoice_id, recipient) where status = 'queued'`))
    .ignore();
  const row: MailRow = await mails(db)
    .where({ invoice_id: mail.invoiceId, recipient: mail.to })
    .orderByRaw('id = ? desc, id desc', [mail.id])
    .first();
  return toView(row);
}

export async function countMails(db: Knex, invoiceId: Uuid): Promise<number> {
  const row: { count: string } = await mails(db).where({ invoice_id: invoiceId }).count('*').first();
  return Number(row.count);
}

/** Newest first. */
export async function newestMails(db: Knex, invoiceId: Uuid): Promise<InvoiceEmailView[]> {
  const rows: MailRow[] = await mails(db).where({ invoice_id: invoiceId }).orderBy('id', 'desc').limit(SHOWN);
  return rows.map(toView);
}

/**
 * Takes the mail that has been due for longest; nobody else gets it before `until`. It counts as an attempt from now on, so that a mail at which
 * the process dies is not tried for ever.
 */
export async function claimMail(db: Knex, now: Instant, until: Instant): Promise<ClaimedMail | undefined> {
  const { rows } = await db.raw<{ rows: MailRow[] }>(
    `update billing.outgoing_mails set attempts = attempts + 1, next_attempt_at = :until
     where id = (
       select id from billing.outgoing_mails where status = 'queued' and next_attempt_at <= :now
       order by next_attempt_at, id limit 1 for update skip locked)
     returning *`,
    { now: toIso(now), until: toIso(until) },
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    to: row.recipient,
    language: row.language,
    attempts: row.attempts,
  };
}

/** After this it is never sent again. */
export async function markSent(db: Knex, id: Uuid, now: Instant): Promise<void> {
  await mails(db)
    .where({ id, status: 'queued' })
    .update({ status: 'sent', sent_at: toIso(now), next_attempt_at: null, last_error: null });
}

/** @param retryAt null: it is given up */
export async function markFailed(db: Knex, id: Uuid, error: string, retryAt: Instant | null): Promise<void> {
  await mails(db)
    .where({ id, status: 'queued' })
    .update({
      last_error: error,
      ...(retryAt === null ? { status: 'failed', next_attempt_at: null } : { next_attempt_at: toIso(retryAt) }),
    });
}

function toView(row: MailRow): InvoiceEmailView {
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    to: row.recipient,
    language: row.language,
    status: row.status,
    attempts: row.attempts,
    lastError: row.last_error,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    sentAt: row.sent_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
