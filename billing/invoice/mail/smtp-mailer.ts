import nodemailer from 'nodemailer';

export interface MailSettings {
  /** `smtp://user:password@host:587`, `smtps://host:465`. Holds a password: never logged. */
  readonly smtpUrl: string;
  /** `Operator <billing@example.com>` */
  readonly from: string;
}

export interface OutgoingMail {
  /** The same for each attempt, so that a mailbox can tell a repetition. */
  readonly id: string;
  readonly to: string;
  /** Who gets the answer; null: the sender. */
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly attachment: { readonly fileName: string; readonly bytes: Uint8Array };
}

export interface Mailer {
  /** Resolves when the mail server has taken the mail. @param signal aborted: gives up at once, and rejects */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How long a mail server may take: to be reached, to say anything at all, and for a mail as a whole. */
export interface MailPatience {
  readonly connectMs: number;
  readonly silenceMs: number;
  readonly wholeMs: number;
}

/** Of the whole: some megabytes over a slow line take their time. */
const PATIENCE: MailPatience = { connectMs: 10_000, silenceMs: 60_000, wholeMs: 5 * 60_000 };

export function createSmtpMailer({ smtpUrl, from }: MailSettings, patience: MailPatience = PATIENCE): Mailer {
  const { connectMs, silenceMs, wholeMs } = patience;
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    dnsTimeout: connectMs,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    // What is attached comes from us as bytes; nothing is ever read from a path or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Ids are unique within a domain that is the sender's.
  const domain = /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? 'voltpile';
  return {
    async send({ id, to, replyTo, subject, text, attachment }, signal) {
      const whole = AbortSignal.timeout(wholeMs);
      try {
        await transport.sendMail({
          from,
          // As addresses, not as text: nothing in them is taken for another recipient.
          to: { name: '', address: to },
          ...(replyTo === null ? {} : { replyTo: { name: '', address: replyTo } }),
          messageId: `<${id}@${domain}>`,
          // RFC 3834: nobody is on leave for a machine.
          headers: { 'Auto-Submitted': 'auto-generated' },
          subject,
          text,
          attachments: [
            { filename: attachment.fileName, content: Buffer.from(attachment.bytes), contentType: 'application/pdf' },
          ],
          signal: AbortSignal.any([signal, whole]),
        });
      } catch (error) {
        if (!whole.aborted || signal.aborted) throw error;
        const slow = new Error(`the mail server did not take the mail within ${wholeMs / 1000} s`, { cause: error });
        throw Object.assign(slow, { code: 'ETIMEDOUT' });
      }
    },
    close: () => transport.close(),
  };
}
