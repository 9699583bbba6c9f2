import assert from 'node:assert/strict';
import { VersionCache } from './version-cache.ts';

describe('a version cache', () => {
  it('asks once, and forgets what was not used the longest', async () => {
    const cache = new VersionCache<string>(2);
    const asked: string[] = [];
    const get = (id: string) =>
      cache.get(id, async () => {
        asked.push(id);
        return `value of ${id}`;
      });
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) assert.equal(await get(id), `value of ${id}`);
    assert.deepEqual(asked, ['a', 'b', 'c', 'b']);
  });

  it('keeps nothing of what failed', async () => {
    const cache = new VersionCache<string>(2);
    await assert.rejects(
      cache.get('a', () => Promise.reject(new Error('away'))),
      /away/,
    );
    assert.equal(await cache.get('a', async () => 'here'), 'here');
  });
});
