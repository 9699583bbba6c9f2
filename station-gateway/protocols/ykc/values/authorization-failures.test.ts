import assert from 'node:assert/strict';
import { AUTHORIZATION_FAILURES } from '@voltpile/ykc/tables/authorization-failures';
import { failureOf, NO_ACCOUNT, NO_SUCH_GUN, TOO_MANY, VIN_UNKNOWN, WRONG_PASSWORD } from './authorization-failures.ts';

describe('why somebody may not charge', () => {
  it('is a code that the specification knows', () => {
    const statuses = ['Blocked', 'ConcurrentTx', 'Expired', 'Invalid', 'NoCredit', 'NotAtThisLocation'] as const;
    for (const status of [...statuses, 'NotAtThisTime', 'Unknown'] as const) {
      for (const isVin of [false, true]) {
        const code = failureOf(status, isVin);
        assert.ok(code > 0 && code in AUTHORIZATION_FAILURES, status);
      }
    }
    for (const code of [NO_ACCOUNT, NO_SUCH_GUN, TOO_MANY, VIN_UNKNOWN, WRONG_PASSWORD])
      assert.ok(code in AUTHORIZATION_FAILURES);
  });

  it('is 0 when nothing is wrong', () => assert.equal(failureOf('Accepted', false), 0));

  it('names the vehicle when that is not known', () => {
    assert.equal(failureOf('Unknown', false), NO_ACCOUNT);
    assert.equal(failureOf('Unknown', true), VIN_UNKNOWN);
    assert.equal(failureOf('Blocked', true), failureOf('Blocked', false));
  });
});
