import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { SETTING_NAMES } from '@voltpile/server/settings/settings';
import { ROOT, readText } from './testing/files.ts';

/** Compose's own: the name of the image. */
const NO_SETTINGS = ['VOLTPILE_IMAGE'];

describe('settings in deploy/', () => {
  it('are settings that there are', () => {
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'deploy'], {
      cwd: ROOT,
    })
      .toString()
      .split('\n')
      .filter((name) => name !== '' && !/\.test\.ts$|^deploy\/helm\/voltpile\/(dashboards|alerts\.yml)$/.test(name));
    const known = new Set<string>([...SETTING_NAMES, ...NO_SETTINGS]);
    let mentioned = 0;
    for (const file of files) {
      // What ends in an underscore stands for a family of them: VOLTPILE_YKC_…
      for (const [name] of readText(file).matchAll(/\bVOLTPILE_[A-Z][A-Z_]*(?<!_)\b/g)) {
        mentioned += 1;
        assert.ok(known.has(name), `${file} names ${name}`);
      }
    }
    assert.ok(mentioned > 50, `${mentioned} were found`);
  });
});
