import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { type MailScript, startScriptedMailServer } from '../testing/scripted-mail-server.ts';
import { judgeFailure } from './judge-failure.ts';
import { createSmtpMailer, type MailPatience, type OutgoingMail } from './smtp-mailer.ts';

const FROM = 'Stadtwerke Łódź <billing@example.com>';
const MAIL: OutgoingMail = {
  id: '0192d3a0-0000-7000-8000-000000000001',
  to: 'driver@example.com',
  replyTo: 'desk@stadtwerke.example',
  subject: 'Invoice',
  text: 'Hello',
  attachment: { fileName: 'invoice-2026-000001.pdf', bytes: Buffer.from('%PDF-1.7') },
};
const NEVER = new AbortController().signal;
const HASTY: MailPatience = { connectMs: 5000, silenceMs: 5000, wholeMs: 5000 };

describe('the mailer', () => {
  /** Sends a mail, and tells what went wrong. */
  async function failureAt(smtpUrl: string, mail: Partial<OutgoingMail> = {}, patience = HASTY): Promise<Error> {
    const mailer = createSmtpMailer({ smtpUrl, from: FROM }, patience);
    try {
      await mailer.send({ ...MAIL, ...mail }, NEVER);
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    } finally {
      mailer.close();
    }
    throw new Error('the mail was taken');
  }

  describe('tells apart', () => {
    const judged = async (script: MailScript) => {
      await using server = await startScriptedMailServer(script);
      return judgeFailure(await failureAt(server.url));
    };

    it('what will never be taken', async () => {
      for (const script of [
        { RCPT: '550 5.1.1 no such user' },
        { RCPT: '553 no such address' },
        { DATA: '554 no' },
        { end: '552 5.3.4 too large' },
      ]) {
        assert.equal(await judged(script), 'never', JSON.stringify(script));
      }
    });

    it('what is not taken now', async () => {
      for (const script of [
        { RCPT: '451 4.7.1 greylisted' },
        { RCPT: '452 4.2.2 mailbox full' },
        { end: '451 try later' },
        // Whether somebody may send there is a setting.
        { RCPT: '554 5.7.1 relay access denied' },
        { RCPT: '530 authentication required' },
        { end: '550 5.7.1 looks like spam' },
      ]) {
        assert.equal(await judged(script), 'mail', JSON.stringify(script));
      }
    });

    it('a server that takes nothing', async () => {
      for (const script of [
        { greeting: '554 go away' },
        { greeting: '421 too busy' },
        { greeting: 'HTTP/1.1 400 Bad Request' },
        { greeting: 'close' },
        { MAIL: '530 5.7.0 authentication required' },
        { MAIL: '550 5.1.8 sender rejected' },
        { MAIL: '452 4.3.1 no room' },
        { RCPT: '421 4.3.2 shutting down' },
        { RCPT: 'close' },
        { DATA: 'close' },
        { end: 'close' },
      ]) {
        assert.equal(await judged(script), 'server', JSON.stringify(script));
      }
      // Nobody listens there.
      assert.equal(judgeFailure(await failureAt('smtp://127.0.0.1:1')), 'server');
      // Without TLS, no password and no mail.
      await using server = await startScriptedMailServer();
      const secret = server.url.replace('smtp://', 'smtp://user:secret@');
      const failure = await failureAt(`${secret}?requireTLS=true`);
      assert.equal(judgeFailure(failure), 'server');
      assert.ok(!`${failure.message} ${JSON.stringify(failure)}`.includes('secret'));
    });
  });

  it('gives up a server that says nothing, at each step', async () => {
    for (const script of [{ greeting: 'silence' }, { EHLO: 'silence' }, { RCPT: 'silence' }, { end: 'silence' }]) {
      await using server = await startScriptedMailServer(script);
      const failure = await failureAt(server.url, {}, { connectMs: 100, silenceMs: 100, wholeMs: 60_000 });
      assert.equal((failure as { code?: string }).code, 'ETIMEDOUT', failure.message);
      assert.equal(judgeFailure(failure), 'server');
    }
  });

  it('gives up a server that does not come to an end', async () => {
    await using server = await startScriptedMailServer({ RCPT: '250-more to come' });
    const failure = await failureAt(server.url, {}, { connectMs: 60_000, silenceMs: 60_000, wholeMs: 100 });
    assert.match(failure.message, /did not take the mail within 0\.1 s/);
    assert.equal(judgeFailure(failure), 'server');
  });

  it('gives up at once when it is told to', async () => {
    await using server = await startScriptedMailServer({ end: 'silence' });
    const mailer = createSmtpMailer({ smtpUrl: server.url, from: FROM });
    const stop = new AbortController();
    const under = assert.rejects(mailer.send(MAIL, stop.signal), { code: 'EABORT' });
    await server.heard('end');
    stop.abort();
    await under;
    await assert.rejects(mailer.send(MAIL, stop.signal), { code: 'EABORT' });
  });

  describe('on a real mail server', () => {
    const received: { readonly to: readonly string[]; readonly from: string; readonly source: string }[] = [];
    const logins: string[] = [];
    let server: SMTPServer;
    let host: string;
    before(async () => {
      server = new SMTPServer({
        authOptional: true,
        allowInsecureAuth: true,
        disabledCommands: ['STARTTLS'],
        onAuth: ({ username, password }, _session, done) => {
          logins.push(`${username} ${password}`);
          if (password === 'wrong') done(new Error('Invalid username or password'));
          else done(null, { user: username });
        },
        onData: (stream, { envelope }, done) => {
          void textOf(stream).then((source) => {
            const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
            received.push({ to: envelope.rcptTo.map(({ address }) => address), from, source });
            done();
          });
        },
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      host = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    });
    after(() => new Promise<void>((resolve) => server.close(() => resolve())));
    beforeEach(() => {
      received.length = 0;
      logins.length = 0;
    });

    async function deliver(mail: Partial<OutgoingMail>): Promise<(typeof received)[number]> {
      await createSmtpMailer({ smtpUrl: `smtp://${host}`, from: FROM }).send({ ...MAIL, ...mail }, NEVER);
      const [first, ...more] = received.splice(0);
      assert.ok(first !== undefined && more.length === 0);
      return first;
    }

    it('says who it is from, who gets the answer, and that a machine has written it', async () => {
      const { from, to, source } = await deliver({});
      assert.deepEqual([from, to], ['billing@example.com', ['driver@example.com']]);
      assert.match(source, /^From: =\?UTF-8\?Q\?Stadtwerke_=C5=81=C3=B3d=C5=BA\?= <billing@example\.com>/m);
      assert.match(source, /^Reply-To: desk@stadtwerke\.example/m);
      assert.match(source, /^Auto-Submitted: auto-generated/m);
      assert.match(source, new RegExp(`^Message-ID: <${MAIL.id}@example\\.com>`, 'm'));
      assert.ok(!(await deliver({ replyTo: null })).source.includes('Reply-To'));
    });

    it('reaches addresses with odd characters, and nobody else', async () => {
      for (const [to, reached, shown] of [
        ["o'brien+charging.tag@sub.example.co.uk", undefined, undefined],
        ['x_{}|~!#$%&*=?^`@example.com', undefined, undefined],
        ['müller@example.de', undefined, undefined],
        ['user@münchen.example', undefined, 'user@xn--mnchen-3ya.example'],
        ['用户@例子.example', undefined, undefined],
        ['one,other@example.com', '"one,other"@example.com', '<"one,other"@example.com>'],
      ] as const) {
        const mail = await deliver({ to });
        assert.deepEqual(mail.to, [reached ?? to]);
        assert.ok(mail.source.includes(`\r\nTo: ${shown ?? reached ?? to}\r\n`), mail.source.slice(0, 500));
      }
      for (const to of [
        'one@example.com, other@example.com',
        'one@example.com\r\nRCPT TO:<other@example.com>',
        '<one>@example.com',
        'nobody',
        '',
      ]) {
        const failure = await failureAt(`smtp://${host}`, { to });
        assert.equal(judgeFailure(failure), 'never', `${to}: ${failure.message}`);
      }
      assert.deepEqual(received, []);
    });

    it('keeps headers, text and attachment apart, whatever is in them', async () => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256));
      const { source } = await deliver({
        subject: '南京 "伏特"充电 🚗 账单 2026-000001\r\nBcc: other@example.com\r\n\r\nbody',
        text: '您好：\n\n.\n..two\nFrom here\n',
        attachment: { fileName: 'invoice-2026-000001.pdf', bytes },
      });
      const [head = ''] = source.split('\r\n\r\n');
      assert.ok(!/^Bcc:/m.test(head));
      const words = [...head.matchAll(/=\?UTF-8\?([BQ])\?([^?]+)\?=/g)].map(([, kind, word = '']) =>
        kind === 'B'
          ? Buffer.from(word, 'base64')
          : Buffer.from(
              word.replaceAll('_', ' ').replaceAll(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
              'latin1',
            ),
      );
      assert.match(Buffer.concat(words).toString(), /南京 "伏特"充电 🚗 账单 2026-000001/);
      assert.match(source, /\r\n\.\r\n\.\.two\r\nFrom here/);
      const attached = /filename=invoice-2026-000001\.pdf\r\n\r\n([\w+/=\r\n]+)/.exec(source)?.[1] ?? '';
      assert.ok(Buffer.from(attached, 'base64').equals(bytes));
    });

    it('logs in with whatever characters a password has', async () => {
      const login = (user: string, password: string) =>
        `smtp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}`;
      const mailer = createSmtpMailer({ smtpUrl: login('billing@example.com', 'p@ss:/w%rd?#ä'), from: FROM });
      await mailer.send(MAIL, NEVER);
      assert.deepEqual(logins, ['billing@example.com p@ss:/w%rd?#ä']);
      const failure = await failureAt(login('billing', 'wrong'));
      assert.match(failure.message, /Invalid username or password/);
      assert.equal(judgeFailure(failure), 'server');
    });
  });
});
