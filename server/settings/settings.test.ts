import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { VoltpileError } from '@voltpile/kernel/errors';
import { type Environment, invalidConfig } from '@voltpile/platform/config/config';
import { databaseOf } from '@voltpile/platform/config/process-settings';
import { pileSettings, tlsSettings } from '../piles.ts';
import { type AllValues, readSettings } from './settings.ts';

const readConfig = (environment: Environment) => readSettings(environment).all;

function problemsOf(environment: Environment): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert(error instanceof VoltpileError && invalidConfig.is(error), String(error));
    return error.message;
  }
  assert.fail('the settings were accepted');
}

describe('settings of file and environment', () => {
  it('has the documented defaults', () => {
    const config = readConfig({ PATH: '/bin' });
    assert.equal(config.host, '127.0.0.1');
    assert.deepEqual([config.httpPort, config.ocppPort], [8080, 9220]);
    assert.equal(config.tlsCertFile, null);
    assert.equal(config.onboarding, 'pending');
    assert.equal(config.dataDir, resolve('data'));
    assert.equal(config.heartbeatIntervalSeconds, 300);
    assert.equal(config.holdReplySeconds, 20);
  });

  it('takes the environment above the defaults, and an empty value for none', () => {
    const config = readConfig({
      VOLTPILE_HTTP_PORT: '0',
      VOLTPILE_OCPP_PORT: '',
      VOLTPILE_ALLOW_UNAUTHENTICATED: '1',
      VOLTPILE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS: '1.5',
      VOLTPILE_PING_INTERVAL_SECONDS: '0.5',
      VOLTPILE_YKC_PORT: '0',
      VOLTPILE_ROLES: 'admin-api,csms,station-gateway,operations,billing',
    });
    assert.deepEqual(config.roles, ['station-gateway', 'csms', 'billing', 'operations', 'admin-api']);
    assert.equal(config.httpPort, 0);
    assert.equal(config.ocppPort, 9220);
    assert.equal(config.allowUnauthenticated, true);
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.equal(config.stationIdleTimeoutSeconds, 1.5);
  });

  it('takes the address that stations reach us at, without a slash at the end', () => {
    const publicUrl = (text: string) => readConfig({ VOLTPILE_PUBLIC_URL: text }).publicUrl;
    assert.equal(readConfig({}).publicUrl, null);
    assert.equal(publicUrl('https://cs.example.com'), 'https://cs.example.com');
    assert.equal(publicUrl('http://[2001:db8::1]:8080/base//'), 'http://[2001:db8::1]:8080/base');
    for (const bad of ['cs.example.com', 'ftp://x', 'https://u:p@x', 'https://x?a', 'https://x/?', 'https://x/#a']) {
      assert.match(problemsOf({ VOLTPILE_PUBLIC_URL: bad }), /VOLTPILE_PUBLIC_URL must look like/, bad);
    }
  });

  it('takes a mail server together with a sender', () => {
    const url = 'smtp://user:pass@mail.example.com:587';
    const config = (from: string) => readConfig({ VOLTPILE_SMTP_URL: url, VOLTPILE_MAIL_FROM: from });
    assert.equal(readConfig({}).smtpUrl, null);
    for (const from of ['b@example.com', 'Operator & Co. <b@example.com>', '<b@example.com>']) {
      assert.deepEqual([config(from).smtpUrl, config(from).mailFrom], [url, from]);
    }
    for (const from of ['b', 'b@x, c@x', 'A <b@x>, C <c@x>', 'A b@x>', 'a\nBcc: c@x <b@x>']) {
      assert.match(problemsOf({ VOLTPILE_SMTP_URL: url, VOLTPILE_MAIL_FROM: from }), /MAIL_FROM must look like/, from);
    }
    for (const bad of ['mail.example.com', 'https://mail.example.com', 'smtp:///x']) {
      const problems = problemsOf({ VOLTPILE_SMTP_URL: bad, VOLTPILE_MAIL_FROM: 'b@x' });
      assert.match(problems, /VOLTPILE_SMTP_URL must look like/, bad);
    }
    assert.match(problemsOf({ VOLTPILE_SMTP_URL: url }), /must be given together/);
    assert.match(problemsOf({ VOLTPILE_MAIL_FROM: 'b@x' }), /must be given together/);
  });

  it('takes limits for single protocols behind the one for all', () => {
    const config = readConfig({
      VOLTPILE_MAX_FRAME_BYTES: '65536, ocpp2.0.1=524288',
      VOLTPILE_MAX_MESSAGES_PER_SECOND: 'ocpp2.0.1=50,ocpp1.6=10',
    });
    assert.deepEqual(config.maxFrameBytes, { all: 65_536, own: { 'ocpp2.0.1': 524_288 } });
    assert.deepEqual(config.maxMessagesPerSecond, { all: 500, own: { 'ocpp1.6': 10, 'ocpp2.0.1': 50 } });
    assert.deepEqual(readConfig({}).maxMessagesPerSecond, { all: 500, own: {} });
    for (const wrong of ['ocpp3=5', '1,2', 'ocpp1.6=0', 'ocpp1.6=5,ocpp1.6=6', 'ocpp1.6', '5,', 'ocpp1.6=5=6']) {
      assert.match(
        problemsOf({ VOLTPILE_MAX_MESSAGES_PER_SECOND: wrong }),
        /VOLTPILE_MAX_MESSAGES_PER_SECOND must be a whole number from 1 to 1000000, with others for single protocols/,
        wrong,
      );
    }
  });

  it('logs the messages with errors for a week unless told otherwise', () => {
    const { messageLog, messageLogDays } = readConfig({});
    assert.deepEqual([messageLog, messageLogDays], ['errors', 7]);
    assert.equal(readConfig({ VOLTPILE_MESSAGE_LOG: 'all' }).messageLog, 'all');
    assert.match(problemsOf({ VOLTPILE_MESSAGE_LOG: 'some' }), /must be one of off, errors, all/);
  });

  it('opens the TLS listener when certificate and key are given', () => {
    const config = readConfig({ VOLTPILE_TLS_CERT_FILE: '/c.pem', VOLTPILE_TLS_KEY_FILE: '/k.pem' });
    const tls = { port: 9221, certFile: '/c.pem', keyFile: '/k.pem', clientCaFile: null };
    assert.deepEqual(tlsSettings(config, config.ocppTlsPort), tls);
    assert.equal(tlsSettings(readConfig({}), 1), null);
  });

  it('names every problem at once', () => {
    const text = problemsOf({
      VOLTPILE_HTTP_PORT: '70000',
      VOLTPILE_ONBOARDING: 'maybe',
      VOLTPILE_HTTP_PROT: '1',
      VOLTPILE_TRUSTED_PROXIES: '10.0.0.0/99',
      VOLTPILE_ROLES: 'csms,cooking',
    });
    assert.match(text, /VOLTPILE_HTTP_PORT must be a whole number from 0 to 65535/);
    assert.match(text, /VOLTPILE_ONBOARDING must be one of pending, accept, reject/);
    assert.match(text, /VOLTPILE_HTTP_PROT is not a setting; VOLTPILE_HTTP_PORT is one/);
    assert.match(text, /VOLTPILE_TRUSTED_PROXIES must be addresses/);
    assert.match(text, /VOLTPILE_ROLES may name station-gateway, csms, billing, operations, admin-api/);
  });

  it('lets roles run apart where they can meet', () => {
    assert.match(problemsOf({ VOLTPILE_ROLES: 'csms' }), /NATS_URL must be given unless/);
    const text = problemsOf({ VOLTPILE_ROLES: 'csms,billing', NATS_URL: 'nats://a:4222' });
    assert.match(text, /DATABASE_URL must be given with NATS_URL/);
    assert.match(text, /VOLTPILE_SECRET must be given with NATS_URL/);
    assert.match(problemsOf({ NATS_URL: 'http://a:4222' }), /NATS_URL must look like nats:/);
    const gateway = readConfig({ VOLTPILE_ROLES: 'station-gateway', NATS_URL: 'nats://a:4222, nats://b:4222' });
    assert.deepEqual([gateway.roles, gateway.natsUrl], [['station-gateway'], 'nats://a:4222, nats://b:4222']);
  });

  it('knows a database for each role, or one for those that have none of their own', () => {
    const own = (role: string) => `postgresql://voltpile@db/${role}`;
    const cluster = { NATS_URL: 'nats://a:4222', VOLTPILE_SECRET: 'x'.repeat(32), VOLTPILE_ROLES: 'csms' };
    assert.match(problemsOf(cluster), /DATABASE_URL must be given with NATS_URL/);
    const config = readConfig({ ...cluster, VOLTPILE_CSMS_DATABASE_URL: own('csms') });
    assert.equal(databaseOf('csms', config).url, own('csms'));
    const both = { ...cluster, VOLTPILE_ROLES: 'csms,billing', VOLTPILE_CSMS_DATABASE_URL: own('csms') };
    assert.match(problemsOf(both), /DATABASE_URL must be given with NATS_URL/);
    const shared = readConfig({ ...both, DATABASE_URL: own('all') });
    assert.deepEqual([databaseOf('csms', shared).url, databaseOf('billing', shared).url], [own('csms'), own('all')]);
    assert.match(
      problemsOf({ VOLTPILE_BILLING_DATABASE_URL: 'mysql://db/x' }),
      /VOLTPILE_BILLING_DATABASE_URL must look like/,
    );
  });

  it('tells the others no address that nobody can reach', () => {
    const gateway = { VOLTPILE_ROLES: 'station-gateway', NATS_URL: 'nats://a:4222' };
    for (const host of ['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '0']) {
      assert.match(
        problemsOf({ ...gateway, VOLTPILE_HOST: host }),
        /VOLTPILE_INTERNAL_URL must name this machine, like http:\/\/10\.0\.0\.5:8090: nobody can reach/,
        host,
      );
      assert.equal(readConfig({ VOLTPILE_HOST: host }).host, host, 'who is alone tells nobody');
      const told = readConfig({ ...gateway, VOLTPILE_HOST: host, VOLTPILE_INTERNAL_URL: 'http://10.0.0.5:8090' });
      assert.equal(told.internalUrl, 'http://10.0.0.5:8090');
    }
    const anywhere = { ...gateway, VOLTPILE_HOST: '10.0.0.5', VOLTPILE_INTERNAL_URL: 'http://[::]:8090' };
    assert.match(problemsOf(anywhere), /nobody can reach a process at http:\/\/\[::\]:8090/);
    for (const host of ['10.0.0.5', '::1', 'fd00::5', 'pile-7.internal']) {
      assert.equal(readConfig({ ...gateway, VOLTPILE_HOST: host }).internalUrl, null);
    }
  });

  it('does not repeat secrets in its message', () => {
    const text = problemsOf({
      DATABASE_URL: 'mysql://me:hunter2@db/x',
      VOLTPILE_SECRET: 'shortsecret',
      VOLTPILE_ADMIN_PASSWORD: 'pw12',
    });
    assert.match(text, /DATABASE_URL must look like postgresql:/);
    assert.doesNotMatch(text, /hunter2|shortsecret|pw12/);
  });

  it('takes what is set aside for a charge, and what a wallet must have', () => {
    const funds = ({ holdAmount, minimumBalance }: AllValues) => [holdAmount, minimumBalance];
    assert.deepEqual(funds(readConfig({})), ['50.00', '1.00']);
    const given = { VOLTPILE_HOLD_AMOUNT: '30.5', VOLTPILE_MINIMUM_BALANCE: '0' };
    assert.deepEqual(funds(readConfig(given)), ['30.5', '0']);
    for (const bad of ['much', '-1', '1.0000001', '1,5', '9999999999']) {
      assert.match(problemsOf({ VOLTPILE_HOLD_AMOUNT: bad }), /VOLTPILE_HOLD_AMOUNT must be a decimal like 50.00/, bad);
    }
    assert.match(problemsOf({ VOLTPILE_HOLD_AMOUNT: '0.00' }), /VOLTPILE_HOLD_AMOUNT must be above 0/);
    assert.match(problemsOf({ VOLTPILE_MINIMUM_BALANCE: '50.01' }), /must not be more than VOLTPILE_HOLD_AMOUNT/);
  });

  it('takes no card payments unless it has both keys, and sends none in clear to another machine', () => {
    const keys = { VOLTPILE_STRIPE_SECRET_KEY: 'sk_test_12345678', VOLTPILE_STRIPE_WEBHOOK_SECRET: 'whsec_12345678' };
    assert.equal(readConfig({}).stripeSecretKey, null);
    const config = readConfig({ ...keys, VOLTPILE_STRIPE_API_URL: 'http://127.0.0.1:12111' });
    assert.deepEqual(
      [config.stripeSecretKey, config.stripeWebhookSecret, config.stripeApiUrl, config.stripeTimeoutSeconds],
      ['sk_test_12345678', 'whsec_12345678', 'http://127.0.0.1:12111', 8],
    );
    assert.equal(readConfig({ ...keys, VOLTPILE_STRIPE_TIMEOUT_SECONDS: '2.5' }).stripeTimeoutSeconds, 2.5);
    assert.match(problemsOf({ VOLTPILE_STRIPE_TIMEOUT_SECONDS: '16' }), /seconds above 0, at most 15/);
    assert.match(problemsOf({ VOLTPILE_STRIPE_SECRET_KEY: 'sk_test_12345678' }), /must be given together/);
    assert.match(problemsOf({ VOLTPILE_STRIPE_API_URL: 'https://example.com' }), /VOLTPILE_STRIPE_API_URL needs/);
    for (const url of [
      'http://example.com',
      'https://example.com/path',
      'https://me:pw@example.com',
      'ftp://example.com',
    ]) {
      assert.match(
        problemsOf({ ...keys, VOLTPILE_STRIPE_API_URL: url }),
        /VOLTPILE_STRIPE_API_URL must look like/,
        url,
      );
    }
    const text = problemsOf({
      VOLTPILE_STRIPE_SECRET_KEY: 'pk_live_hunter2',
      VOLTPILE_STRIPE_WEBHOOK_SECRET: 'hunter2',
    });
    assert.doesNotMatch(text, /hunter2/);
  });

  it('listens for piles unless told not to, as strangers as those of OCPP are', () => {
    const config = readConfig({});
    assert.deepEqual(
      [config.ykcPort, config.ykcTlsPort, config.ykcCrc, config.ykcTariffFile],
      [8768, 8769, 'low-first', null],
    );
    const settingsOf = (environment: Record<string, string>) => {
      const { all, live } = readSettings(environment);
      return pileSettings(all, live);
    };
    assert.equal(settingsOf({ VOLTPILE_YKC_PORT: 'off' }), undefined);
    assert.throws(
      () => readConfig({ VOLTPILE_YKC_PORT: '80000' }),
      /VOLTPILE_YKC_PORT must be a port from 0 to 65535, or off/,
    );
    const strangers = (environment: Record<string, string>) => settingsOf(environment)?.allowUnauthenticated;
    assert.equal(strangers({}), false);
    assert.equal(strangers({ VOLTPILE_ALLOW_UNAUTHENTICATED: '1' }), true);
    assert.equal(strangers({ VOLTPILE_ALLOW_UNAUTHENTICATED: '1', VOLTPILE_YKC_ALLOW_UNAUTHENTICATED: '0' }), false);
    assert.equal(strangers({ VOLTPILE_YKC_ALLOW_UNAUTHENTICATED: '1' }), true);
  });

  it('says how piles are spoken to, within what their frames can carry', () => {
    const config = readConfig({
      VOLTPILE_YKC_CRC: 'mirror',
      VOLTPILE_YKC_IDLE_TIMEOUT_SECONDS: '40',
      VOLTPILE_YKC_LOGINS_PER_ADDRESS: '5',
      VOLTPILE_YKC_QR_PREFIX: 'https://pile.example/',
      VOLTPILE_YKC_SPENDING_CAP_YUAN: '40000000',
    });
    assert.deepEqual(
      [
        config.ykcCrc,
        config.ykcIdleTimeoutSeconds,
        config.ykcLoginsPerAddress,
        config.ykcQrPrefix,
        config.ykcSpendingCapYuan,
      ],
      ['mirror', 40, 5, 'https://pile.example/', 40_000_000],
    );
    const wrong: [name: string, value: string][] = [
      ['VOLTPILE_YKC_CRC', 'high-first'],
      ['VOLTPILE_YKC_IDLE_TIMEOUT_SECONDS', '0'],
      ['VOLTPILE_YKC_LOGINS_PER_ADDRESS', '0'],
      ['VOLTPILE_YKC_QR_PREFIX', 'x'.repeat(201)],
      ['VOLTPILE_YKC_QR_PREFIX', 'https://桩.example/'],
      ['VOLTPILE_YKC_SPENDING_CAP_YUAN', '0'],
      // More hundredths of a yuan than four bytes can count.
      ['VOLTPILE_YKC_SPENDING_CAP_YUAN', '42949673'],
      ['VOLTPILE_YKC_SPENDING_CAP_YUAN', '12.50'],
    ];
    for (const [name, value] of wrong) assert.ok(problemsOf({ [name]: value }).includes(`${name} must`), value);
  });

  it('refuses settings that do not go together', () => {
    assert.match(problemsOf({ VOLTPILE_TLS_CERT_FILE: '/c.pem' }), /must be given together/);
    assert.match(problemsOf({ VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS: '10' }), /must be longer than/);
  });
});
