import nodemailer from 'nodemailer';

export interface MailSettings {
  /** `smtp://user:password@host:587`, `smtps://host:465`. Holds a password: never logged. */
  readonly smtpUrl: string;
  /** `Operator <billing@example.com>` */
  readonly from: string;
}

export interface OutgoingMail {
  /** The same for each attempt, so that a mailbox can tell a repetition. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachment: { readonly fileName: string; readonly bytes: Uint8Array };
}

export interface Mailer {
  /** Resolves when the mail server has taken the mail. */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;

export function createSmtpMailer({ smtpUrl, from }: MailSettings): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    // What is attached comes from us as bytes; nothing is ever read from a path or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ messageId, to, subject, text, attachment }) {
      await transport.sendMail({
        from,
        // As an address, not as text: nothing in it is taken for another recipient.
        to: { name: '', address: to },
        messageId,
        subject,
        text,
        attachments: [
          { filename: attachment.fileName, content: Buffer.from(attachment.bytes), contentType: 'application/pdf' },
        ],
      });
    },
    close: () => transport.close(),
  };
}

/** Whether the mail server has refused this very mail for good; trouble with the server or its password may pass. */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  if (typeof responseCode !== 'number' || responseCode < 500) return false;
  return ['MAIL FROM', 'RCPT TO', 'DATA'].includes(String(command));
}
