import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { LoginThrottle } from './login-throttle.ts';

const START = '2026-03-01T12:00:00Z';
const OPTIONS = { perIdentityAndAddress: 3, perAddress: 5, windowMs: 60_000, coolDownMs: 10_000, maxEntries: 1000 };

describe('LoginThrottle', () => {
  it('makes an identity wait after too many wrong passwords, from that address only', () => {
    const clock = new FakeClock(START);
    const throttle = new LoginThrottle(clock, OPTIONS);
    for (let index = 0; index < 2; index++) throttle.failed('CS1', '10.0.0.1');
    assert.equal(throttle.waitMs('CS1', '10.0.0.1'), 0);
    throttle.failed('CS1', '10.0.0.1');
    assert.equal(throttle.waitMs('CS1', '10.0.0.1'), 10_000);
    assert.equal(throttle.waitMs('CS1', '10.0.0.2'), 0);
    assert.equal(throttle.waitMs('CS2', '10.0.0.1'), 0);
    clock.advance(9_999);
    assert.equal(throttle.waitMs('CS1', '10.0.0.1'), 1);
    clock.advance(1);
    assert.equal(throttle.waitMs('CS1', '10.0.0.1'), 0);
  });

  it('makes an address wait that tries many identities', () => {
    const throttle = new LoginThrottle(new FakeClock(START), OPTIONS);
    for (let index = 0; index < 5; index++) throttle.failed(`CS${index}`, '10.0.0.1');
    assert.equal(throttle.waitMs('CS99', '10.0.0.1'), 10_000);
    assert.equal(throttle.waitMs('CS99', '::ffff:10.0.0.1'), 10_000);
    assert.equal(throttle.waitMs('CS99', '10.0.0.2'), 0);
  });

  it('takes an IPv6 /64 for one address', () => {
    const throttle = new LoginThrottle(new FakeClock(START), OPTIONS);
    for (let index = 0; index < 5; index++) throttle.failed(`CS${index}`, `2001:db8::${index}`);
    assert.equal(throttle.waitMs('CS', '2001:0db8:0:0:1:2:3:4'), 10_000);
    assert.equal(throttle.waitMs('CS', '2001:db8:0:1::1'), 0);
    assert.equal(throttle.waitMs('CS', '::1'), 0);
  });

  it('forgets wrong passwords that lie far apart, and those before a right one', () => {
    const clock = new FakeClock(START);
    const throttle = new LoginThrottle(clock, OPTIONS);
    for (let index = 0; index < 10; index++) {
      throttle.failed('CS1', '10.0.0.1');
      clock.advance(31_000);
    }
    assert.equal(throttle.waitMs('CS1', '10.0.0.1'), 0);
    throttle.failed('CS2', '10.0.0.9');
    throttle.failed('CS2', '10.0.0.9');
    throttle.succeeded('CS2', '10.0.0.9');
    throttle.failed('CS2', '10.0.0.9');
    assert.equal(throttle.waitMs('CS2', '10.0.0.9'), 0);
  });

  it('is bounded in memory', () => {
    const clock = new FakeClock(START);
    const throttle = new LoginThrottle(clock, { ...OPTIONS, maxEntries: 50 });
    for (let index = 0; index < 500; index++) throttle.failed(`CS${index}`, `10.0.${index >> 8}.${index & 255}`);
    assert.ok(throttle.size <= 50);
    clock.advance(120_000);
    throttle.failed('CS', '10.9.9.9');
    assert.equal(throttle.size, 2);
  });
});
