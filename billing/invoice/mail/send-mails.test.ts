import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { VoltpileError } from '@voltpile/kernel/errors';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { SMTPServer } from 'smtp-server';
import type { InvoiceEmailView } from '../../contract/invoices.ts';
import { readPdf } from '../testing/read-pdf.ts';
import { CHINESE_CUSTOMER } from '../testing/sample-records.ts';
import { startScriptedMailServer } from '../testing/scripted-mail-server.ts';
import { startTestInvoicing, type TestInvoicing } from '../testing/test-invoicing.ts';
import { sendMails } from './send-mails.ts';
import { createSmtpMailer } from './smtp-mailer.ts';

const MINUTE = 60_000;

interface Received {
  readonly to: readonly string[];
  readonly source: string;
}

/** A mail server that takes what it is given, or answers with an error. */
class MailServer {
  readonly received: Received[] = [];
  /** Answers of the next mails, by their code; then it takes them. */
  readonly refusals: number[] = [];
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => {
      const code = this.refusals.shift();
      done(code === undefined ? undefined : Object.assign(new Error('not now'), { responseCode: code }));
    },
    onData: (stream, session, done) => {
      void textOf(stream).then((source) => {
        this.received.push({ to: session.envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** The bytes of what is attached. */
function attachmentOf(source: string): Buffer {
  const encoded = /Content-Transfer-Encoding: base64\r\n(?:[^\r]+\r\n)*\r\n([\w+/=\r\n]+)/.exec(source)?.[1] ?? '';
  return Buffer.from(encoded, 'base64');
}

describe('e-mails with invoices', () => {
  let server: MailServer;
  let test: TestInvoicing;
  beforeEach(async () => {
    server = new MailServer();
    test = await startTestInvoicing({ smtpUrl: await server.listen(), from: 'Operator <billing@example.com>' });
  });
  afterEach(async () => {
    await test[Symbol.asyncDispose]();
    await server.close();
  });

  const issue = async () => {
    const { invoice } = await test.invoicing.port.issue(EVERYTHING, { cdrId: test.charge().id });
    return invoice;
  };
  const queue = (id: string, options = {}) => test.invoicing.port.email(EVERYTHING, id, options);
  const run = async () => test.invoicing.jobs[0]?.run(new AbortController().signal);
  const state = async (id: string): Promise<InvoiceEmailView | undefined> =>
    (await test.invoicing.port.get(EVERYTHING, id)).emails[0];
  const refused = (work: Promise<unknown>, code: string) =>
    assert.rejects(work, (error) => error instanceof VoltpileError && error.code === code);

  it('go to the customer, with the invoice', async () => {
    const invoice = await issue();
    const queued = await queue(invoice.id);
    assert.deepEqual([queued.status, queued.to, queued.attempts], ['queued', 'invoices@fleet.example', 0]);
    await run();
    const [mail] = server.received;
    assert.deepEqual(mail?.to, ['invoices@fleet.example']);
    const source = mail?.source ?? '';
    assert.match(source, /^From: Operator <billing@example\.com>/m);
    assert.match(source, /^Subject: Invoice 2026-000001 from Stadtwerke Musterstadt GmbH/m);
    assert.match(source, new RegExp(`^Message-ID: <${queued.id}@example\\.com>`, 'm'));
    assert.match(source, /^Reply-To: billing@example\.com/m);
    assert.match(source, /filename=invoice-2026-000001\.pdf/);
    const { bytes } = await test.invoicing.documents.pdf(EVERYTHING, invoice.id, null);
    assert.ok(attachmentOf(source).equals(bytes));
    const sent = await state(invoice.id);
    assert.deepEqual([sent?.status, sent?.sentAt, sent?.attempts], ['sent', '2026-06-01T07:00:00.000Z', 1]);
    const { items } = await test.invoicing.port.list(EVERYTHING, {}, { limit: 1 });
    assert.equal(items[0]?.emailedAt, '2026-06-01T07:00:00.000Z');
  });

  it('go out once, however often they are asked for while they wait, and whoever sends', async () => {
    const invoice = await issue();
    const [one, other] = await Promise.all([queue(invoice.id), queue(invoice.id)]);
    assert.equal(one.id, other.id);
    await Promise.all([run(), run(), run()]);
    test.clock.advance(24 * 60 * MINUTE);
    await run();
    assert.equal(server.received.length, 1);
    await queue(invoice.id);
    await run();
    assert.equal(server.received.length, 2);
  });

  it('are tried again, later each time', async () => {
    const invoice = await issue();
    await queue(invoice.id);
    server.refusals.push(451, 451);
    await run();
    const first = await state(invoice.id);
    assert.deepEqual([first?.status, first?.attempts, first?.nextAttemptAt], ['queued', 1, '2026-06-01T07:01:00.000Z']);
    assert.match(first?.lastError ?? '', /not now/);
    await run();
    assert.equal((await state(invoice.id))?.attempts, 1);
    test.clock.advance(MINUTE);
    await run();
    assert.equal((await state(invoice.id))?.nextAttemptAt, '2026-06-01T07:05:00.000Z');
    test.clock.advance(4 * MINUTE);
    await run();
    const sent = await state(invoice.id);
    assert.deepEqual([sent?.status, sent?.attempts, sent?.lastError], ['sent', 3, null]);
    assert.equal(server.received.length, 1);
  });

  it('are given up when the server will never take them, or after ten attempts', async () => {
    const never = await issue();
    await queue(never.id);
    server.refusals.push(550);
    await run();
    assert.deepEqual([(await state(never.id))?.status, (await state(never.id))?.attempts], ['failed', 1]);

    const often = await issue();
    await queue(often.id);
    server.refusals.push(...Array(10).fill(451));
    for (let attempt = 0; attempt < 12; attempt++) {
      await run();
      test.clock.advance(6 * 60 * MINUTE);
    }
    assert.deepEqual([(await state(often.id))?.status, (await state(often.id))?.attempts], ['failed', 10]);
    assert.equal(server.received.length, 0);
    assert.ok(test.log.some((line) => line.includes('could not be sent by e-mail')));
  });

  it('wait where the mail server takes none at all, and do not use up their attempts', async () => {
    await using broken = await startScriptedMailServer({ MAIL: '530 5.7.0 authentication required' });
    await using other = await startTestInvoicing({ smtpUrl: broken.url, from: 'billing@example.com' });
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { invoice } = await other.invoicing.port.issue(EVERYTHING, { cdrId: other.charge().id });
      await other.invoicing.port.email(EVERYTHING, invoice.id, {});
      ids.push(invoice.id);
    }
    const runIt = () => other.invoicing.jobs[0]?.run(new AbortController().signal);
    const attempts = async () => {
      const details = await Promise.all(ids.map((id) => other.invoicing.port.get(EVERYTHING, id)));
      return details.map(({ emails: [mail] }) => [mail?.status, mail?.attempts]);
    };
    await runIt();
    assert.equal(broken.count(), 1);
    assert.deepEqual(await attempts(), [
      ['queued', 1],
      ['queued', 0],
      ['queued', 0],
    ]);
    await runIt();
    await runIt();
    assert.equal(broken.count(), 3);
    // Somebody has set the password right.
    broken.script = {};
    other.clock.advance(MINUTE);
    await runIt();
    assert.deepEqual(
      (await attempts()).map(([status]) => status),
      ['sent', 'sent', 'sent'],
    );
  });

  it('do not hold up the stop of the server', async () => {
    await using slow = await startScriptedMailServer({ end: 'silence' });
    const invoice = await issue();
    const { id } = await queue(invoice.id);
    const mailer = createSmtpMailer({ smtpUrl: slow.url, from: 'billing@example.com' });
    const { knex } = test.database;
    const { documents } = test.invoicing;
    const logger = createLogger({ level: 'silent', format: 'json' });
    const options = { knex, clock: test.clock, logger, documents, mailer, lastMomentMs: 20 };
    const stop = new AbortController();
    const under = sendMails(options, stop.signal);
    await slow.heard('end');
    stop.abort();
    await under;
    const cut = await state(invoice.id);
    assert.deepEqual([cut?.status, cut?.attempts, cut?.lastError], ['queued', 1, 'Message sending aborted']);
    // Nor the printing; and what was cut off is not given up, however often it was tried.
    await knex('billing.outgoing_mails').where({ id }).update({ attempts: 9, next_attempt_at: '2026-06-01T07:00:00Z' });
    const printing = new AbortController();
    const never = { pdf: () => new Promise<never>(() => setImmediate(() => printing.abort())) };
    await sendMails({ ...options, documents: never }, printing.signal);
    const again = await state(invoice.id);
    assert.deepEqual([again?.status, again?.attempts, again?.lastError], ['queued', 10, 'the server stops']);
  });

  it('are taken up again when their sender died, but not for ever', async () => {
    const invoice = await issue();
    const { id } = await queue(invoice.id);
    const mails = () => test.database.knex('billing.outgoing_mails').where({ id });
    // As it is left when the process dies while it sends.
    await mails().update({ attempts: 1, next_attempt_at: '2026-06-01T07:10:00Z' });
    await run();
    assert.equal(server.received.length, 0);
    test.clock.advance(10 * MINUTE);
    await run();
    assert.equal(server.received.length, 1);

    const deadly = await queue((await issue()).id);
    await test.database.knex('billing.outgoing_mails').where({ id: deadly.id }).update({ attempts: 10 });
    await run();
    assert.equal((await state(deadly.invoiceId))?.status, 'failed');
    assert.equal(server.received.length, 1);
  });

  it('speak the language that is asked for, and say where to go', async () => {
    test.accounts.set(test.accountId, CHINESE_CUSTOMER);
    const invoice = await issue();
    await queue(invoice.id);
    await queue(invoice.id, { to: 'boss@example.com', language: 'en' });
    await run();
    const subjects = server.received.map(({ to, source }) => [
      to[0],
      /^Subject: (.*(?:\r\n .*)*)/m.exec(source)?.[1]?.startsWith('=?UTF-8?'),
    ]);
    assert.deepEqual(subjects, [
      ['caiwu@example.cn', true],
      ['boss@example.com', false],
    ]);
    const pages = await Promise.all(server.received.map(({ source }) => readPdf(attachmentOf(source))));
    assert.deepEqual(
      pages.map(([page = '']) => [
        page.includes('充电账单'),
        page.includes('Date of issue'),
        page.includes('䶮鑫物流'),
      ]),
      [
        [true, false, true],
        [false, true, true],
      ],
    );
  });

  it('cannot be asked for where nobody could get them', async () => {
    const { invoice } = await test.invoicing.port.issue(EVERYTHING, { cdrId: test.charge({ accountId: null }).id });
    await refused(queue(invoice.id), 'invoice.no_recipient');
    assert.equal((await queue(invoice.id, { to: 'driver@example.com' })).to, 'driver@example.com');
    for (let index = 1; index < 50; index++) await queue(invoice.id, { to: `driver${index}@example.com` });
    await refused(queue(invoice.id, { to: 'one-more@example.com' }), 'invoice.too_many_mails');
    await using off = await startTestInvoicing();
    const other = await off.invoicing.port.issue(EVERYTHING, { cdrId: off.charge().id });
    await refused(off.invoicing.port.email(EVERYTHING, other.invoice.id, {}), 'invoice.mail_off');
    assert.deepEqual(off.invoicing.jobs, []);
  });
});
