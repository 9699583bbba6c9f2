import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { NO_LIMITS, type StartChannel } from '../contract/funds-port.ts';
import { DecisionBook, type IntentFacts, type StationFacts, type TokenFacts } from '../transactions/decision-book.ts';
import { decideAuthorize } from './decide-authorize.ts';
import { evaluateToken, isMasterPass } from './evaluate-token.ts';

const NOW = instant(Date.parse('2026-03-01T12:00:00Z'));
const STATION: StationFacts = {
  id: 'station',
  identity: 'CP1',
  organizationId: 'organization',
  siteId: 'site',
  timeZone: 'UTC',
  fundsFallback: 'allow',
  registrationStatus: 'Accepted',
  ratedPowerW: null,
  masterPassGroupId: null,
  nextTransactionNumber: 1,
};

function bookWith(...tokens: (Partial<TokenFacts> & { value: string })[]): DecisionBook {
  const book = new DecisionBook();
  for (const token of tokens) {
    book.addToken({
      organizationId: 'organization',
      status: 'Accepted',
      groupIdToken: null,
      expiresAt: null,
      concurrentTransactions: false,
      accountRef: null,
      ...token,
    });
  }
  return book;
}

function intent(channel: StartChannel): IntentFacts {
  return {
    id: 'intent',
    organizationId: 'organization',
    siteId: 'site',
    stationId: 'station',
    evseId: 1,
    idToken: 'guest',
    displayIdToken: 'Guest',
    accountRef: 'account',
    channel,
    dialectRef: null,
    parallelGroup: null,
    limits: NO_LIMITS,
    status: 'pending',
    refusal: null,
    transactionId: null,
    createdAt: NOW,
    expiresAt: instant(NOW + 1),
  };
}

describe('the standing of a token', () => {
  it('tells a token that nobody registered from one that is refused, and from none', () => {
    const book = bookWith({ value: 'invalid', status: 'Invalid' }, { value: 'blocked', status: 'Blocked' });
    const status = (folded: string | null, place = STATION) => evaluateToken(book, place, folded, undefined, NOW);
    assert.deepEqual(status('nobody').info, { status: 'Unknown', groupIdToken: null, expiresAt: null });
    assert.equal(status('invalid').info.status, 'Invalid');
    assert.equal(status('blocked').info.status, 'Blocked');
    assert.equal(status(null).info.status, 'Invalid');
    assert.equal(status('nobody', { ...STATION, registrationStatus: 'Pending' }).info.status, 'Invalid');
    for (const folded of ['nobody', 'invalid', 'blocked', null]) assert.equal(status(folded).mayStart, false);
  });

  it('lets a start command vouch for it, and a card not', () => {
    const book = bookWith();
    assert.equal(evaluateToken(book, STATION, 'guest', intent('card'), NOW).info.status, 'Unknown');
    const vouched = evaluateToken(book, STATION, 'guest', intent('app'), NOW);
    assert.deepEqual(
      [vouched.info.status, vouched.accountRef, vouched.mayRunConcurrently, vouched.mayStart],
      ['Accepted', 'account', true, true],
    );
  });

  it('carries the group with every answer, also where the token is refused', () => {
    const book = bookWith(
      { value: 'a', groupIdToken: 'FAMILY' },
      { value: 'b', groupIdToken: 'FAMILY', status: 'Blocked' },
      { value: 'c', groupIdToken: 'FAMILY', expiresAt: NOW },
    );
    assert.deepEqual(
      ['a', 'b', 'c'].map((folded) => evaluateToken(book, STATION, folded, undefined, NOW).info),
      [
        { status: 'Accepted', groupIdToken: 'FAMILY', expiresAt: null },
        { status: 'Blocked', groupIdToken: 'FAMILY', expiresAt: null },
        { status: 'Expired', groupIdToken: 'FAMILY', expiresAt: NOW },
      ],
    );
  });

  it('stands for itself: a card that has the name of a group says nothing about the others', () => {
    const book = bookWith({ value: 'parent', status: 'Blocked' }, { value: 'child', groupIdToken: 'PARENT' });
    assert.equal(evaluateToken(book, STATION, 'child', undefined, NOW).info.status, 'Accepted');
    assert.equal(evaluateToken(book, STATION, 'parent', undefined, NOW).info.status, 'Blocked');
  });

  it('of a master pass is to stop, not to start', () => {
    const place = { ...STATION, masterPassGroupId: 'Guards' };
    const book = bookWith(
      { value: 'guard', groupIdToken: 'GUARDS' },
      { value: 'blocked', groupIdToken: 'guards', status: 'Blocked' },
      { value: 'driver', groupIdToken: 'FLEET' },
    );
    const guard = evaluateToken(book, place, 'guard', undefined, NOW);
    assert.deepEqual(
      [guard.info, guard.mayStart],
      [{ status: 'Accepted', groupIdToken: 'GUARDS', expiresAt: null }, false],
    );
    assert.equal(evaluateToken(book, STATION, 'guard', undefined, NOW).mayStart, true, 'only where the group is one');
    assert.equal(evaluateToken(book, place, 'driver', undefined, NOW).mayStart, true);
    assert.equal(evaluateToken(book, place, 'blocked', undefined, NOW).info.status, 'Blocked');
    assert.equal(isMasterPass(null, null), false);
  });

  it('of a master pass leaves no intent when it is shown', () => {
    const place = { ...STATION, masterPassGroupId: 'GUARDS' };
    const book = bookWith({ value: 'guard', groupIdToken: 'GUARDS' }, { value: 'driver' });
    const show = (value: string) =>
      decideAuthorize(book, place, {
        origin: {
          station: 'station',
          epoch: 1,
          receivedAt: NOW,
          clockOffsetMs: 0,
          raw: '',
          messageName: 'Authorize',
        },
        idToken: { value },
      });
    const guard = show('Guard');
    assert.deepEqual([guard.info.status, guard.info.groupIdToken, guard.intent], ['Accepted', 'GUARDS', null]);
    assert.equal(book.newIntents.size, 0);
    assert.notEqual(show('driver').intent, null);
  });
});
