import assert from 'node:assert/strict';
import { createArgon2Hasher } from './password-hasher.ts';

describe('argon2 hasher', () => {
  it('makes argon2id hashes of 19 MiB and two passes, salted, that verify', async () => {
    const hasher = createArgon2Hasher();
    const [one, two] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(one, two);
    assert.equal(await hasher.verify(one, 'correct horse'), true);
    assert.equal(await hasher.verify(one, 'correct horsf'), false);
  });
});
