import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@voltpile/platform/config/config';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createPiles } from './piles.ts';

describe('piles in the server', () => {
  const logger = createLogger({ level: 'silent', format: 'json' });
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voltpile-piles-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are listened for by the settings, and not when they are off', async () => {
    const piles = await createPiles(readConfig({ VOLTPILE_YKC_PORT: '0' }), logger);
    assert.deepEqual(
      piles?.families.map(({ version }) => version),
      ['ykc'],
    );
    assert.equal(await createPiles(readConfig({ VOLTPILE_YKC_PORT: 'off' }), logger), undefined);
  });

  it('take prices from a file, and say what is wrong with one', async () => {
    const rate = { electricity: '1.2', service: '0.4' };
    const tariff = { sharp: rate, peak: rate, flat: rate, valley: rate, slots: '2'.repeat(48) };
    const withFile = async (text: string) => {
      const path = join(folder, 'tariff.json');
      await writeFile(path, text);
      return createPiles(readConfig({ VOLTPILE_YKC_TARIFF_FILE: path }), logger);
    };
    assert.ok(await withFile(JSON.stringify(tariff)));
    const bad = (text: string) =>
      assert.rejects(withFile(text), /tariff file .*tariff\.json \(VOLTPILE_YKC_TARIFF_FILE\) cannot be used/);
    await bad(JSON.stringify({ ...tariff, slots: '2' }));
    await bad(JSON.stringify({ ...tariff, flat: { electricity: 1.2, service: '0.4' } }));
    await assert.rejects(
      withFile(JSON.stringify({ ...tariff, slots: '2', flat: {} })),
      /flat\.electricity .*; slots must/,
    );
    await bad('{');
    await bad(' '.repeat(70_000));
    await assert.rejects(createPiles(readConfig({ VOLTPILE_YKC_TARIFF_FILE: join(folder, 'none') }), logger), /ENOENT/);
  });
});
