import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LimitedLog } from '../logger.ts';
import { basic } from '../testing/station-client.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import { isLoopbackHost, plainAddress, TrustedProxies } from './remote-address.ts';
import { readRequestTarget } from './request-target.ts';
import { chooseSubprotocol } from './subprotocol.ts';

describe('reading a request', () => {
  it('finds the identity that was encoded into the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (identity) => {
        const target = readRequestTarget(`/ocpp/${encodeURIComponent(identity)}?x=/y`);
        if (target.ok) assert.equal(target.identity, identity);
        else assert.match(identity, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\.{1,2}$/u);
      }),
    );
  });

  it('refuses the identities that are folders in a URL', () => {
    for (const path of ['.', '..', '%2e', '%2E%2e', '.%2E?x']) {
      const target = readRequestTarget(`/ocpp/${path}`);
      assert.ok(!target.ok && target.status === 400, path);
    }
    for (const identity of ['...', '.a', 'a.']) {
      assert.deepEqual(readRequestTarget(`/ocpp/${identity}`), { ok: true, identity });
    }
  });

  it('never throws, whatever the path', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const target = readRequestTarget(`/${path}`);
        assert.ok(target.ok || target.status === 400 || target.status === 404);
      }),
    );
    assert.deepEqual(readRequestTarget(undefined).ok, false);
  });

  it('finds any password behind an identity, colons in both', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.uint8Array(), (identity, password) => {
        const read = readBasicCredentials(basic(identity, Buffer.from(password)), identity);
        assert.deepEqual(read, { kind: 'password', passwordBase64: Buffer.from(password).toString('base64') });
      }),
    );
  });

  it('does not take a longer user name for the identity', () => {
    assert.deepEqual(readBasicCredentials(basic('CP12', 'x'), 'CP1'), { kind: 'bad' });
    assert.deepEqual(readBasicCredentials(basic('CP1', 'x'), 'CP1:x'), { kind: 'bad' });
    assert.deepEqual(readBasicCredentials(undefined, 'CP1'), { kind: 'none' });
  });

  it('chooses our first subprotocol that is offered', () => {
    assert.equal(chooseSubprotocol(['a', 'b'], 'b, a'), 'a');
    assert.equal(chooseSubprotocol(['a', 'b'], ' x ,b'), 'b');
    assert.equal(chooseSubprotocol(['a'], 'A'), undefined);
    assert.equal(chooseSubprotocol(['a'], undefined), undefined);
  });

  it('finds the station behind trusted proxies, and believes nobody else', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8', '::1']);
    assert.equal(proxies.stationAddress('::ffff:10.1.2.3', '1.1.1.1, 2.2.2.2, 10.9.9.9'), '2.2.2.2');
    assert.equal(proxies.stationAddress('::1', ['2001:db8::5']), '2001:db8::5');
    assert.equal(proxies.stationAddress('10.1.2.3', 'nonsense, 10.4.4.4'), '10.4.4.4');
    assert.equal(proxies.stationAddress('10.1.2.3', undefined), '10.1.2.3');
    assert.equal(proxies.stationAddress('11.1.2.3', '1.1.1.1'), '11.1.2.3');
    assert.equal(proxies.stationAddress(undefined, '1.1.1.1'), '');
    assert.equal(new TrustedProxies([]).includes('10.0.0.1'), false);
  });

  it('knows loopback addresses', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1']) assert.equal(isLoopbackHost(host), true, host);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org']) assert.equal(isLoopbackHost(host), false, host);
    assert.equal(plainAddress('::ffff:1.2.3.4'), '1.2.3.4');
    assert.equal(plainAddress('::ffff'), '::ffff');
  });
});

describe('LimitedLog', () => {
  it('leaves lines out above its limit', () => {
    const lines: string[] = [];
    const write = (_facts: object, text: string) => lines.push(text);
    const log = new LimitedLog({ debug: write, info: write, warn: write, error: write }, 3);
    for (let n = 0; n < 1000; n += 1) log.write('info', {}, 'line');
    assert.ok(lines.length <= 8 && lines.length >= 3, 'at most two seconds were touched');
  });
});
