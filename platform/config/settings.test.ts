import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalidConfig } from './config.ts';
import { defineSettings } from './setting.ts';
import { oneOf, seconds, text, wholeNumber } from './setting-types.ts';
import { Settings, type SettingsChange, type SettingsOptions } from './settings.ts';

const TABLE = defineSettings({
  port: { name: 'VOLTPILE_PORT', type: wholeNumber(0, 65_535), default: '80', change: 'local', description: 'a' },
  mode: { name: 'VOLTPILE_MODE', type: oneOf(['on', 'off']), default: 'on', change: 'restart', description: 'b' },
  short: { name: 'VOLTPILE_SHORT', type: seconds(100), default: '1', unit: 's', change: 'live', description: 'c' },
  long: { name: 'VOLTPILE_LONG', type: seconds(100), default: '10', unit: 's', change: 'live', description: 'd' },
  key: {
    name: 'VOLTPILE_KEY',
    type: text('must begin with k_', (given) => given.startsWith('k_')),
    change: 'live',
    secret: true,
    description: 'e',
  },
});

type Options = Omit<SettingsOptions<typeof TABLE>, 'table' | 'check'>;

function settingsOf(options: Options = {}): Settings<typeof TABLE> {
  return new Settings({
    ...options,
    table: TABLE,
    check: ({ short, long }) =>
      short < long
        ? []
        : [{ names: ['VOLTPILE_SHORT', 'VOLTPILE_LONG'], problem: 'VOLTPILE_SHORT must be below VOLTPILE_LONG' }],
  });
}

function problemsOf(options: Options): string {
  let problems = '';
  assert.throws(
    () => settingsOf(options),
    (error: Error) => {
      problems = error.message;
      return invalidConfig.is(error);
    },
  );
  return problems;
}

describe('settings', () => {
  it('have the value of the strongest layer that says something', () => {
    const settings = settingsOf({
      file: { VOLTPILE_SHORT: '2', VOLTPILE_LONG: '20', VOLTPILE_PORT: '81' },
      environment: { VOLTPILE_LONG: '30', VOLTPILE_PORT: '' },
    });
    assert.deepEqual([settings.live.short, settings.live.long, settings.local.port], [2, 30, 81]);
    settings.begin({ version: 1, texts: { VOLTPILE_LONG: '40' } });
    assert.deepEqual([settings.live.short, settings.live.long], [2, 40]);
    const shown = settings.describe();
    assert.deepEqual(
      shown.map(({ name }) => name),
      ['VOLTPILE_KEY', 'VOLTPILE_LONG', 'VOLTPILE_MODE', 'VOLTPILE_PORT', 'VOLTPILE_SHORT'],
    );
    const { layers, value, source, problem } = shown[1] ?? assert.fail();
    assert.deepEqual(layers, { default: '10', file: '20', environment: '30', database: '40' });
    assert.deepEqual([value, source, problem], ['40', 'database', null]);
    settings.apply({ version: 2, texts: {} });
    assert.equal(settings.live.long, 30);
  });

  it('of file and environment must be right, each for itself, and go together', () => {
    const problems = problemsOf({
      file: { VOLTPILE_PORT: '-1', VOLTPILE_PROT: '1', OTHER: '1', VOLTPILE_KEY: 'k_hunter2' },
      environment: { VOLTPILE_PORT: '90', VOLTPILE_MODE: 'maybe', PATH: '/bin' },
    });
    assert.match(problems, /VOLTPILE_PORT must be a whole number from 0 to 65535/);
    assert.match(problems, /VOLTPILE_PROT is not a setting; VOLTPILE_PORT is one/);
    assert.match(problems, /OTHER is not a setting$/m);
    assert.match(problems, /VOLTPILE_MODE must be one of on, off/);
    assert.match(problems, /VOLTPILE_KEY is a secret: the file may name it by/);
    assert.doesNotMatch(problems, /hunter2|PATH/);
    assert.match(problemsOf({ environment: { VOLTPILE_SHORT: '10' } }), /VOLTPILE_SHORT must be below VOLTPILE_LONG/);
  });

  it('of the database that cannot be used are left out and told, and the rest counts', () => {
    const settings = settingsOf({ environment: { VOLTPILE_LONG: '20' } });
    settings.begin({ version: 0, texts: {} });
    const told: SettingsChange[] = [];
    const stop = settings.watch((change) => told.push(change));
    const texts = {
      VOLTPILE_TOMORROW: 'x',
      VOLTPILE_PORT: '99',
      VOLTPILE_MODE: 'maybe',
      VOLTPILE_KEY: 'k_hunter2',
      VOLTPILE_LONG: '30',
    };
    settings.apply({ version: 4, texts });
    assert.deepEqual([settings.live.long, settings.local.port, settings.live.key], [30, 80, null]);
    assert.deepEqual(
      settings.ignored.map(({ name, problem }) => [name, problem]),
      [
        ['VOLTPILE_TOMORROW', 'VOLTPILE_TOMORROW is not a setting of this version'],
        ['VOLTPILE_PORT', 'VOLTPILE_PORT can only be set by a file or the environment'],
        ['VOLTPILE_MODE', 'VOLTPILE_MODE must be one of on, off'],
        ['VOLTPILE_KEY', 'VOLTPILE_KEY is a secret: name it by env:NAME or file:/path'],
      ],
    );
    assert.deepEqual(told, [{ version: 4, changed: ['VOLTPILE_LONG'], ignored: settings.ignored, waiting: [] }]);
    assert.doesNotMatch(JSON.stringify([settings.describe(), told]), /hunter2/);
    // Known already.
    settings.apply({ version: 4, texts: { ...texts } });
    stop();
    settings.apply({ version: 5, texts: {} });
    assert.equal(told.length, 1);
  });

  it('of the database that contradict this machine are left out together', () => {
    const settings = settingsOf({ environment: { VOLTPILE_LONG: '5' } });
    settings.begin({ version: 1, texts: { VOLTPILE_SHORT: '7', VOLTPILE_MODE: 'off' } });
    assert.deepEqual([settings.live.short, settings.live.long, settings.all.mode], [1, 5, 'off']);
    assert.deepEqual(
      settings.ignored.map(({ name }) => name),
      ['VOLTPILE_SHORT'],
    );
    settings.apply({ version: 2, texts: { VOLTPILE_SHORT: '7', VOLTPILE_LONG: '8' } });
    assert.deepEqual([settings.live.short, settings.live.long, settings.ignored], [7, 8, []]);
  });

  it('that need a restart stay as they were at the start, and it is told', () => {
    const settings = settingsOf();
    const config = settings.begin({ version: 1, texts: { VOLTPILE_MODE: 'off' } });
    assert.equal(config.mode, 'off');
    settings.apply({ version: 2, texts: {} });
    assert.deepEqual([config.mode, settings.waiting], ['off', ['VOLTPILE_MODE']]);
    assert.ok(settings.describe().find(({ name }) => name === 'VOLTPILE_MODE')?.needsRestart);
    settings.apply({ version: 3, texts: { VOLTPILE_MODE: 'off' } });
    assert.deepEqual(settings.waiting, []);
  });

  it('given in code stand in the place of file and environment', () => {
    const settings = settingsOf({ given: { short: 3, key: null } });
    assert.equal(settings.live.short, 3);
    settings.begin({ version: 1, texts: { VOLTPILE_SHORT: '4' } });
    assert.equal(settings.live.short, 4);
    settings.apply({ version: 2, texts: {} });
    assert.equal(settings.live.short, 3);
  });

  describe('that are secret', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'voltpile-settings-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('are named, fetched where they are, and never shown', async () => {
      const path = join(folder, 'key');
      await writeFile(path, 'k_from_file\n');
      const environment = { VOLTPILE_KEY: 'k_plain', MY_KEY: 'k_from_environment' };
      const settings = settingsOf({ file: { VOLTPILE_KEY: `file:${path}` }, environment });
      assert.equal(settings.live.key, 'k_plain');
      settings.begin({ version: 1, texts: { VOLTPILE_KEY: 'env:MY_KEY' } });
      assert.equal(settings.live.key, 'k_from_environment');
      const { layers, value } = settings.describe()[0] ?? assert.fail();
      assert.deepEqual(layers, {
        default: null,
        file: `file:${path}`,
        environment: '[hidden]',
        database: 'env:MY_KEY',
      });
      assert.equal(value, 'env:MY_KEY');
      settings.apply({ version: 2, texts: { VOLTPILE_KEY: `file:${path}` } });
      assert.equal(settings.live.key, 'k_from_file');
      assert.doesNotMatch(JSON.stringify(settings.describe()), /k_(?:plain|from)/);
    });

    it('and are not there, or wrong, are left out without their text', async () => {
      const path = join(folder, 'wrong');
      await writeFile(path, 'hunter2');
      const settings = settingsOf({ environment: { VOLTPILE_KEY: 'k_plain' } });
      for (const [reference, problem] of [
        ['env:NOBODY', 'VOLTPILE_KEY names a secret that is not there: env:NOBODY'],
        [`file:${folder}/none`, `VOLTPILE_KEY names a secret that is not there: file:${folder}/none`],
        [`file:${path}`, 'VOLTPILE_KEY must begin with k_'],
      ] as const) {
        settings.apply({ version: settings.stored.version + 1, texts: { VOLTPILE_KEY: reference } });
        assert.deepEqual([settings.live.key, settings.ignored], ['k_plain', [{ name: 'VOLTPILE_KEY', problem }]]);
        // Another machine may have it.
        assert.deepEqual(settings.try({ VOLTPILE_KEY: reference }), []);
      }
      assert.match(problemsOf({ file: { VOLTPILE_KEY: 'env:NOBODY' } }), /names a secret that is not there/);
    });
  });
});
