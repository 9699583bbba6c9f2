import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@voltpile/platform/config/config';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createPiles } from './piles.ts';
import { readSettings } from './settings/settings.ts';

describe('piles in the server', () => {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const pilesOf = (environment: Environment) => {
    const { all, live } = readSettings(environment);
    return createPiles(all, live, logger);
  };
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voltpile-piles-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are listened for by the settings, and not when they are off', async () => {
    const piles = await pilesOf({ VOLTPILE_YKC_PORT: '0' });
    assert.deepEqual(
      piles?.families.map(({ version }) => version),
      ['ykc'],
    );
    assert.equal(await pilesOf({ VOLTPILE_YKC_PORT: 'off' }), undefined);
  });

  it('take prices from a file, and say what is wrong with one', async () => {
    const rate = { electricity: '1.2', service: '0.4' };
    const tariff = { sharp: rate, peak: rate, flat: rate, valley: rate, slots: '2'.repeat(48) };
    const withFile = async (text: string) => {
      const path = join(folder, 'tariff.json');
      await writeFile(path, text);
      return pilesOf({ VOLTPILE_YKC_TARIFF_FILE: path });
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
    await assert.rejects(pilesOf({ VOLTPILE_YKC_TARIFF_FILE: join(folder, 'none') }), /ENOENT/);
  });
});
