import assert from 'node:assert/strict';
import { listLimits } from './list-limits.ts';
import { type CandidateToken, wantedList } from './wanted-list.ts';

const NOW = '2026-03-01T12:00:00.000Z';
const LIMITS = listLimits({}, 'components');
const RULES = { withRefused: false, masterPassGroupId: null, knowsMasterPass: true };

function token(idToken: string, more: Partial<CandidateToken> = {}): CandidateToken {
  return { idToken, type: 'ISO14443', status: 'Accepted', groupIdToken: null, expiresAt: null, ...more };
}

describe('the wanted list', () => {
  it('holds tokens that may charge, with group and expiry', () => {
    const { entries, leftOutCount, nextExpiryAt } = wantedList(
      [
        token('A', { groupIdToken: 'G', expiresAt: '2026-03-02T00:00:00.000Z' }),
        token('B', { type: 'made up by us', expiresAt: '2026-03-01T18:00:00.000Z' }),
        token('BLOCKED', { status: 'Blocked' }),
        token('OVER', { expiresAt: NOW }),
      ],
      RULES,
      LIMITS,
      NOW,
    );
    assert.deepEqual(entries, [
      {
        idToken: 'A',
        idTokenType: 'ISO14443',
        idTokenInfo: { status: 'Accepted', groupIdToken: 'G', expiresAt: '2026-03-02T00:00:00.000Z' },
      },
      { idToken: 'B', idTokenInfo: { status: 'Accepted', expiresAt: '2026-03-01T18:00:00.000Z' } },
    ]);
    assert.deepEqual([leftOutCount, nextExpiryAt], [0, '2026-03-01T18:00:00.000Z']);
  });

  it('names refused tokens where the station would take them for unknown ones and let them charge', () => {
    const { entries } = wantedList(
      [token('BLOCKED', { status: 'Blocked' }), token('OVER', { expiresAt: NOW })],
      { ...RULES, withRefused: true },
      LIMITS,
      NOW,
    );
    assert.deepEqual(
      entries.map(({ idTokenInfo }) => idTokenInfo.status),
      ['Blocked', 'Expired'],
    );
  });

  it('keeps a master pass from stations to which it would be a token like any other', () => {
    const all = [token('A'), token('GUARD', { groupIdToken: 'Master' })];
    const rules = { ...RULES, masterPassGroupId: 'MASTER' };
    assert.equal(wantedList(all, rules, LIMITS, NOW).entries.length, 2);
    const { entries } = wantedList(all, { ...rules, knowsMasterPass: false }, LIMITS, NOW);
    assert.deepEqual(
      entries.map(({ idToken }) => idToken),
      ['A'],
    );
  });

  it('leaves out what a station cannot hold, and counts it', () => {
    const limits = listLimits({ maxEntries: 2 }, 'keys');
    const { entries, leftOutCount } = wantedList(
      [token('A'), token('x'.repeat(21)), token('B', { groupIdToken: 'g'.repeat(21) }), token('C')],
      RULES,
      limits,
      NOW,
    );
    assert.deepEqual(
      entries.map(({ idToken }) => idToken),
      ['A', 'B'],
    );
    assert.equal(entries[1]?.idTokenInfo.groupIdToken, undefined, 'a group that does not fit is left out whole');
    assert.equal(leftOutCount, 2);
  });
});
