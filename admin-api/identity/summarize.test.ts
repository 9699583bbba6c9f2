import assert from 'node:assert/strict';
import { summarize } from './summarize.ts';

describe('audit summary', () => {
  it('masks secrets at any depth and keeps facts about them', () => {
    const summary = summarize({
      id: 'CP1',
      hasPassword: true,
      password: 'abc',
      nested: [{ clientSecret: 's', idToken: 'T' }],
    });
    assert.deepEqual(JSON.parse(summary ?? ''), {
      id: 'CP1',
      hasPassword: true,
      password: '***',
      nested: [{ clientSecret: '***', idToken: 'T' }],
    });
  });

  it('replaces what is too large by its size, and nothing by nothing', () => {
    assert.deepEqual(JSON.parse(summarize({ list: 'x'.repeat(20_000) }) ?? ''), { omitted: true, characters: 20_011 });
    assert.equal(summarize(undefined), null);
    assert.equal(summarize(null), null);
  });
});
