import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROLES } from '@voltpile/platform/config/config';
import { parse } from 'yaml';
import { ROOT, readText } from '../testing/files.ts';
import { findPromtool } from '../testing/find-promtool.ts';

const run = promisify(execFile);
const FOLDER = join(ROOT, 'deploy', 'prometheus');

describe('alert rules', function () {
  this.timeout(60_000);

  it('miss every role that has no process', () => {
    const { groups } = parse(readText('deploy', 'prometheus', 'alerts.yml')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    };
    const rule = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'VoltpileRoleGone');
    const missed = [...(rule?.expr ?? '').matchAll(/absent\(up\{job="voltpile", role="([a-z-]+)"\}\)/g)];
    assert.deepEqual(missed.map(([, role]) => role).toSorted(), [...ROLES].toSorted());
  });

  it('fire when they should, and only then (alerts-cases.yml)', async function () {
    const promtool = findPromtool();
    if (promtool === undefined) {
      process.stderr.write('SKIPPED: there is no promtool on the PATH (Debian: it is in the package prometheus)\n');
      return this.skip();
    }
    const ended = await run(promtool, ['test', 'rules', 'alerts-cases.yml'], { cwd: FOLDER }).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    assert.match(ended.stdout, /SUCCESS/, `${ended.stdout}\n${ended.stderr}`);
  });
});
