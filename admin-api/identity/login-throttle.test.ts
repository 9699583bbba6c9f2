import assert from 'node:assert/strict';
import { addressGroup, LoginThrottle } from './login-throttle.ts';

describe('login throttle', () => {
  it('refuses the eleventh failed attempt on an account from one address, and says when to come again', async () => {
    const throttle = new LoginThrottle();
    for (let attempt = 0; attempt < 10; attempt += 1)
      assert.ok('succeeded' in (await throttle.enter('a@b.c', '10.0.0.1')));
    const refused = await throttle.enter('A@B.C', '10.0.0.1');
    assert.ok('retryAfterSeconds' in refused && refused.retryAfterSeconds > 0 && refused.retryAfterSeconds <= 300);
    assert.ok('succeeded' in (await throttle.enter('a@b.c', '10.0.0.2')), 'another address may still try');
    assert.ok('succeeded' in (await throttle.enter('other@b.c', '10.0.0.1')), 'another account may still be tried');
  });

  it('does not count attempts that were right', async () => {
    const throttle = new LoginThrottle();
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const ticket = await throttle.enter('a@b.c', '10.0.0.1');
      assert.ok('succeeded' in ticket);
      await ticket.succeeded();
    }
  });

  it('refuses an address that tries many accounts, and an account that is tried from many addresses', async () => {
    const throttle = new LoginThrottle();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      assert.ok('succeeded' in (await throttle.enter(`user${attempt}@b.c`, '10.0.0.1')));
    }
    assert.ok('retryAfterSeconds' in (await throttle.enter('fresh@b.c', '10.0.0.1')));
    for (let attempt = 0; attempt < 100; attempt += 1) {
      assert.ok('succeeded' in (await throttle.enter('target@b.c', `10.1.0.${attempt}`)));
    }
    assert.ok('retryAfterSeconds' in (await throttle.enter('target@b.c', '10.2.0.1')));
  });

  it('takes a /64 of IPv6 for one address', () => {
    assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), addressGroup('2001:db8:1:2::9'));
    assert.notEqual(addressGroup('2001:db8:1:2::9'), addressGroup('2001:db8:1:3::9'));
    assert.equal(addressGroup('::1'), '0:0:0:0');
    assert.equal(addressGroup('fe80::1%eth0'), 'fe80:0:0:0');
    assert.equal(addressGroup('::ffff:10.0.0.1'), '10.0.0.1');
    assert.equal(addressGroup('10.0.0.1'), '10.0.0.1');
  });
});
