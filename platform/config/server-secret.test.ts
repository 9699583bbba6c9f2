import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { badSecretFile, readServerSecret } from './server-secret.ts';

describe('readServerSecret', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voltpile-secret-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes a secret at the first start and keeps it', async () => {
    const [one, other] = await Promise.all([readServerSecret(folder, null), readServerSecret(folder, null)]);
    assert.equal(one.length, 32);
    assert.deepEqual(one, other);
    assert.deepEqual(await readServerSecret(folder, null), one);
    assert.equal((await stat(join(folder, 'secret'))).mode & 0o777, 0o600);
    assert.equal((await readFile(join(folder, 'secret'), 'utf8')).trim(), one.toString('hex'));
  });

  it('prefers the given one', async () => {
    assert.equal((await readServerSecret(folder, 'x'.repeat(40))).toString(), 'x'.repeat(40));
  });

  it('does not replace a damaged file', async () => {
    await writeFile(join(folder, 'secret'), 'abc');
    await assert.rejects(readServerSecret(folder, null), (error) => badSecretFile.is(error));
  });
});
