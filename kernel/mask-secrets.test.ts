import assert from 'node:assert/strict';
import { isSecretName, maskSecrets, mayHoldSecrets } from './mask-secrets.ts';

describe('maskSecrets', () => {
  it('hides the values of secret variables in every shape', () => {
    const key = '0011223344556677';
    const shapes = [
      { key: 'AuthorizationKey', value: key },
      { variables: [{ variable: 'authorizationkey', value: key }] },
      {
        setVariableData: [
          { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' }, attributeValue: key },
        ],
      },
      { configurationKey: [{ key: 'WifiPassphrase', readonly: false, value: key }] },
      { connectionData: { apn: { apnPassword: key, simPin: 1234 } } },
      { vpn: { server: 'vpn.example.com', user: 'joe', password: '***', key, type: 'IPSec' } },
      { vendorId: 'X', data: JSON.stringify({ name: 'clientSecret', value: key }) },
    ];
    for (const shape of shapes) {
      const masked = JSON.stringify(maskSecrets(shape));
      assert.ok(!masked.includes(key) && !masked.includes('1234'), masked);
      assert.ok(masked.includes('***'), masked);
    }
  });

  it('hides the key of a network, which bears no telling name (OCPP 2.0.1 VPNType)', () => {
    const vpn = { server: 'vpn.example.com', user: 'joe', password: 'hunter2', key: 'shared', type: 'IPSec' };
    assert.deepEqual(maskSecrets({ vpn }), { vpn: { ...vpn, password: '***', key: '***' } });
  });

  it('tells texts apart that need no look', () => {
    for (const text of ['{"key":"AuthorizationKey"}', 'ftp://joe@host', '\\u0070assword', 'http:\\/\\/x', 'the PSK']) {
      assert.ok(mayHoldSecrets(text), text);
    }
    assert.ok(!mayHoldSecrets('[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"value":"1.5"}]}]'));
  });

  it('leaves the rest as it is', () => {
    const plain = {
      key: 'HeartbeatInterval',
      value: '300',
      idToken: 'CARD',
      list: [1, true, null, 'text'],
      readonly: false,
      data: '{"name":"x", "value": 1}',
      broken: '{not json',
      password: null,
    };
    assert.deepEqual(maskSecrets(plain), plain);
  });

  it('hides who logs in where a file is fetched or put', () => {
    assert.deepEqual(maskSecrets({ location: 'ftp://joe:pa:ss@files.example.com/a?b=c@d' }), {
      location: 'ftp://***@files.example.com/a?b=c@d',
    });
    assert.equal(maskSecrets('https://files.example.com/a@b'), 'https://files.example.com/a@b');
  });

  it('hides what reports and events tell of a secret variable, however deep', () => {
    const about = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
    const report = { reportData: [{ ...about, variableAttribute: [{ type: 'Actual', value: 'LEAK' }] }] };
    const monitored = { monitor: [{ ...about, variableMonitoring: [{ id: 1, value: 'LEAK' }] }] };
    const event = { eventData: [{ ...about, eventId: 1, actualValue: 'LEAK' }] };
    for (const message of [report, monitored, event]) {
      assert.ok(!JSON.stringify(maskSecrets(message)).includes('LEAK'));
      assert.ok(mayHoldSecrets(JSON.stringify(message)));
    }
    const other = {
      reportData: [
        { ...about, variableAttribute: [] },
        { variable: { name: 'HeartbeatInterval' }, variableAttribute: [{ value: '300' }] },
      ],
    };
    assert.deepEqual(maskSecrets(other), other);
  });

  it('hides the parameters by which addresses are signed', () => {
    const masked = {
      'https://h/fw.bin?token=S&v=2': 'https://h/fw.bin?token=***&v=2',
      'ftp://u:p@h/x?access_token=S#sig=S': 'ftp://***@h/x?access_token=***#sig=***',
      'see https://b.s3.example.com/f?X-Amz-Credential=S/2026&X-Amz-Date=1&X-Amz-Signature=S now':
        'see https://b.s3.example.com/f?X-Amz-Credential=***&X-Amz-Date=1&X-Amz-Signature=*** now',
      'https://h/x?sv=1&sig=S%2B': 'https://h/x?sv=1&sig=***',
      'https://h/x?page=2&name=a': 'https://h/x?page=2&name=a',
    };
    for (const [address, expected] of Object.entries(masked)) {
      assert.equal(maskSecrets(address), expected);
      assert.deepEqual(maskSecrets({ location: address }), { location: expected });
    }
  });

  it('hides tokens of programs, and shows those of drivers', () => {
    const data = { token: 'S', accessToken: 'S', refresh_token: 'S', authorization: 'Bearer S' };
    for (const shape of [{ data }, { data: JSON.stringify(data) }, JSON.stringify({ data: JSON.stringify(data) })]) {
      assert.ok(!JSON.stringify(maskSecrets(shape)).includes('S'), JSON.stringify(shape));
      assert.ok(mayHoldSecrets(JSON.stringify(shape)));
    }
    const shown = { idToken: 'CARD', groupIdToken: 'FLEET', idTag: 'CARD', masterPassGroupId: 'ALL' };
    assert.deepEqual(maskSecrets(shown), shown);
    const authorize = '[2,"1","Authorize",{"idToken":{"idToken":"CARD","type":"ISO14443"}}]';
    assert.ok(!mayHoldSecrets(authorize));
    assert.equal(maskSecrets(authorize), authorize);
  });

  it('reads long texts in a time that grows with them only', () => {
    const text = `https://h/?${'a'.repeat(80_000)}${'&'.repeat(80_000)}${'://'.repeat(20_000)}`;
    assert.equal(maskSecrets(text), text);
  });

  it('hides the tokens of our own addresses for files', () => {
    const token = 'q3-Zk_9vTtq3-Zk_9vTtq3-Zk_9vTt12';
    const put = `http://cs.example.com:8080/files/upload/${token}/`;
    const fetched = `https://cs.example.com/base/files/download/${token}/firmware-1.2.bin?x=1`;
    assert.deepEqual(maskSecrets({ log: { remoteLocation: put }, firmware: { location: fetched } }), {
      log: { remoteLocation: 'http://cs.example.com:8080/files/upload/***/' },
      firmware: { location: 'https://cs.example.com/base/files/download/***/firmware-1.2.bin?x=1' },
    });
    const texts = [
      `got ${put} and ${fetched}`,
      JSON.stringify({ location: put }),
      `{"location":"${put.replaceAll('/', '\\/')}"}`,
      `/FILES/Upload/${token}`,
      `{broken ${put}`,
    ];
    for (const text of texts) assert.ok(!String(maskSecrets(text)).includes(token), text);
    for (const text of ['/files/upload/', '/files/uploads/x', 'https://cs.example.com/files/x/upload/y']) {
      assert.equal(maskSecrets(text), text);
    }
  });

  it('gives up on absurd depth instead of failing', () => {
    let deep: unknown = 'x';
    for (let index = 0; index < 10_000; index++) deep = [deep];
    assert.ok(JSON.stringify(maskSecrets(deep)).includes('***'));
  });

  it('takes no longer for a text that almost matches', () => {
    for (const text of [
      'x'.repeat(1_000_000),
      'x:'.repeat(500_000),
      '://'.repeat(300_000),
      '/files'.repeat(200_000),
      '{'.repeat(100_000),
    ]) {
      const before = performance.now();
      assert.equal(maskSecrets(text), text);
      assert.ok(performance.now() - before < 2000, text.slice(0, 3));
    }
  });

  it('knows secret names', () => {
    for (const name of ['AuthorizationKey', 'BasicAuthPassword', 'client_secret', 'PrivateKey', 'apiKey', 'PSK']) {
      assert.ok(isSecretName(name), name);
    }
    for (const name of ['idToken', 'LocalAuthorizeOffline', 'key', 'AuthorizationCacheEnabled', 'requestId']) {
      assert.ok(!isSecretName(name), name);
    }
  });
});
