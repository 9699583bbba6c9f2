import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { probeDialect } from '../testing/probe-dialect.ts';
import { type ConnectOptions, refusal, StationClient } from '../testing/station-client.ts';
import { dnsNames } from './client-certificate.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../testing/fixtures/${name}`, import.meta.url));
const ca = readFileSync(pathOf('authority.pem'));
const showing = (name: string): ConnectOptions => ({
  ca,
  cert: readFileSync(pathOf(`${name}.pem`)),
  key: readFileSync(pathOf(`${name}.key.pem`)),
});
const SERVER = { port: 0, certFile: pathOf('server.pem'), keyFile: pathOf('server.key.pem') };

describe('the TLS listener', () => {
  let fixture: GatewayFixture;
  const open: StationClient[] = [];

  before(async () => {
    fixture = await startGateway({ tls: { ...SERVER, clientCaFile: pathOf('authority.pem') } }, [
      probeDialect('ocpp2.0.1'),
      probeDialect('ocpp1.6'),
    ]);
    fixture.port.register('RDAM|123', 'secret');
    fixture.port.register('CP-SAN', 'secret');
  });

  after(async () => {
    for (const client of open) client.socket.terminate();
    await fixture.stop();
  });

  const connect = async (segment: string, options: ConnectOptions): Promise<StationClient> => {
    const client = await StationClient.open(fixture.tlsUrl, segment, options);
    open.push(client);
    return client;
  };

  it('takes a password over TLS (profile 2)', async () => {
    const client = await connect('CP-SAN', { ca, password: 'secret' });
    assert.equal((await client.call('Heartbeat'))[0], 3);
    assert.equal(fixture.port.credentials.at(-1)?.certificateVerified, false);
    assert.equal(await fixture.metric('half_open_sockets'), 0, 'it has logged in');
  });

  it('tells how stations of 2.0.1 come in: open, with a password, over TLS, with a certificate (profiles 0 to 3)', async () => {
    const protocols = ['ocpp2.0.1'];
    fixture.port.register('OPEN');
    const seen = async (how: Promise<StationClient>) => {
      const client = await how;
      open.push(client);
      assert.equal(client.socket.protocol, 'ocpp2.0.1');
      const { passwordBase64, encrypted, certificateVerified } = fixture.port.credentials.at(-1) ?? {};
      return [passwordBase64 !== null, encrypted, certificateVerified];
    };
    assert.deepEqual(await seen(StationClient.open(fixture.url, 'OPEN', { protocols })), [false, false, false]);
    const plain = StationClient.open(fixture.url, 'CP-SAN', { protocols, password: 'secret' });
    assert.deepEqual(await seen(plain), [true, false, false]);
    const encrypted = StationClient.open(fixture.tlsUrl, 'CP-SAN', { protocols, ca, password: 'secret' });
    assert.deepEqual(await seen(encrypted), [true, true, false]);
    const certified = StationClient.open(fixture.tlsUrl, 'CP-SAN', { protocols, ...showing('station-san') });
    assert.deepEqual(await seen(certified), [false, true, true]);
    for (const url of [fixture.url, fixture.tlsUrl]) {
      assert.equal((await refusal(url, 'CP-SAN', { protocols, ca, password: 'wrong' })).status, 401);
      assert.equal((await refusal(url, 'CP-SAN', { protocols, ca })).status, 401);
    }
  });

  it('takes a certificate whose common name is the identity (profile 3)', async () => {
    await connect('RDAM%7C123', showing('station-cn'));
    const { certificateVerified, passwordBase64 } = fixture.port.credentials.at(-1) ?? {};
    assert.deepEqual([certificateVerified, passwordBase64], [true, null]);
  });

  it('takes a certificate with the identity among its DNS names', async () => {
    await connect('CP-SAN', showing('station-san'));
    assert.equal(fixture.port.credentials.at(-1)?.certificateVerified, true);
  });

  it('does not take the certificate of another station', async () => {
    assert.equal((await refusal(fixture.tlsUrl, 'CP-SAN', showing('station-cn'))).status, 401);
    assert.equal(fixture.port.credentials.at(-1)?.certificateVerified, false);
  });

  it('does not take a certificate of another authority', async () => {
    assert.equal((await refusal(fixture.tlsUrl, 'RDAM%7C123', showing('stranger'))).status, 401);
    assert.equal(fixture.port.credentials.at(-1)?.certificateVerified, false);
  });

  it('speaks TLS 1.2 and up', async () => {
    const client = await connect('CP-SAN', { ca, password: 'secret', maxVersion: 'TLSv1.2' });
    assert.equal((await client.call('Heartbeat'))[0], 3);
    const old: ConnectOptions = {
      ca,
      password: 'secret',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    await assert.rejects(connect('CP-SAN', old));
  });

  it('survives what is not TLS', async () => {
    await assert.rejects(refusal(fixture.tlsUrl.replace('wss:', 'ws:'), 'CP-SAN'));
    await connect('CP-SAN', { ca, password: 'secret' });
  });
});

describe('TLS settings', () => {
  it('ask for no client certificate without an authority', async () => {
    const fixture = await startGateway({ tls: { ...SERVER, clientCaFile: null } });
    fixture.port.register('RDAM|123', 'secret');
    try {
      const answer = await refusal(fixture.tlsUrl, 'RDAM%7C123', showing('station-cn'));
      assert.equal(answer.status, 401);
    } finally {
      await fixture.stop();
    }
  });

  it('name the file that cannot be read', async () => {
    await assert.rejects(startGateway({ tls: { ...SERVER, keyFile: '/no/such/file', clientCaFile: null } }), {
      code: 'gateway.tls_file_unreadable',
      message: 'The TLS file /no/such/file (keyFile) cannot be read: ENOENT.',
    });
  });

  it('name the file that holds no certificate', async () => {
    await assert.rejects(
      startGateway({ tls: { ...SERVER, certFile: pathOf('make-certificates.sh'), clientCaFile: null } }),
      {
        code: 'gateway.tls_files_unusable',
      },
    );
  });
});

describe('the DNS names of a certificate', () => {
  it('are read from the text form', () => {
    assert.deepEqual(dnsNames('DNS:CP1, IP Address:127.0.0.1, DNS:b.example'), ['CP1', 'b.example']);
    assert.deepEqual(dnsNames(undefined), []);
  });

  it('cannot be smuggled in through another value', () => {
    assert.deepEqual(dnsNames('URI:"http://x/, DNS:CP1", DNS:"a, DNS:b"'), ['a, DNS:b']);
  });
});
