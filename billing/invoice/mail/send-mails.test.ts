import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { VoltpileError } from '@voltpile/kernel/errors';
import { SMTPServer } from 'smtp-server';
import type { InvoiceEmailView } from '../../contract/invoices.ts';
import { CHINESE_CUSTOMER } from '../testing/sample-records.ts';
import { startTestInvoicing, type TestInvoicing } from '../testing/test-invoicing.ts';

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
    assert.match(source, new RegExp(`^Message-ID: <${queued.id}@voltpile>`, 'm'));
    assert.match(source, /filename=invoice-2026-000001\.pdf/);
    const attached = /Content-Transfer-Encoding: base64\r\n(?:[^\r]+\r\n)*\r\n([\w+/=\r\n]+)/.exec(source)?.[1] ?? '';
    const { bytes } = await test.invoicing.documents.pdf(EVERYTHING, invoice.id, null);
    assert.ok(Buffer.from(attached, 'base64').equals(bytes));
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
