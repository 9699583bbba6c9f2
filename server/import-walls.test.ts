import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);
const CONFIG = '.dependency-cruiser.cjs';
const DEPCRUISE = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

function cruise(folder: string, rooms: readonly string[]): Promise<Report> {
  const args = [DEPCRUISE, '--config', CONFIG, '--output-type', 'json', ...rooms];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      try {
        // The exit code counts violations; a report there always is.
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(new Error(`dependency-cruiser gave no report: ${stderr}`));
      }
    });
  });
}

/** A room's file, what it imports, and the rule that must complain (null: allowed). */
const CASES: readonly (readonly [file: string, imported: string, rule: string | null])[] = [
  ['kernel/leaf.ts', '@voltpile/platform/part', 'kernel-walls'],
  ['kernel/npm.ts', 'zod', 'kernel-is-a-leaf'],
  ['ocpp/wire.ts', '@voltpile/csms/contract/part', 'ocpp-walls'],
  ['ocpp/fine.ts', '@voltpile/kernel/part', null],
  ['platform/upwards.ts', '@voltpile/csms/part', 'platform-walls'],
  ['csms/protocol.ts', '@voltpile/ocpp/part', 'csms-walls'],
  ['csms/own.ts', '@voltpile/csms/contract/part', null],
  ['csms/contract/inwards.ts', '../part.ts', 'contracts-stand-alone'],
  ['csms/contract/runtime.ts', '@voltpile/platform/part', 'contracts-stand-alone'],
  ['station-gateway/domain.ts', '@voltpile/csms/part', 'station-gateway-walls'],
  ['station-gateway/relative.ts', '../csms/part.ts', 'station-gateway-walls'],
  ['station-gateway/fine.ts', '@voltpile/csms/contract/part', null],
  ['admin-api/insides.ts', '@voltpile/csms/part', 'admin-api-walls'],
  ['admin-api/gateway.ts', '@voltpile/station-gateway/part', 'admin-api-walls'],
  ['admin-api/fine.ts', '@voltpile/csms/contract/part', null],
  ['simulators/rpc.ts', '@voltpile/ocpp/rpc/part', 'simulators-walls'],
  ['simulators/fine.ts', '@voltpile/ocpp/v16/part', null],
  ['platform/server.ts', '@voltpile/server/part', 'platform-walls'],
  ['server/tests.ts', '@voltpile/e2e/part', 'server-walls'],
  ['server/fine.ts', '@voltpile/csms/part', null],
  ['e2e/fine.ts', '@voltpile/server/part', null],
  ['csms/helper.ts', '@voltpile/platform/testing/part', 'no-tests-in-code'],
  ['csms/helper.test.ts', '@voltpile/platform/testing/part', null],
  ['csms/lost.ts', './nowhere.ts', 'no-unresolvable'],
];

describe('import walls', function () {
  this.timeout(60_000);

  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voltpile-walls-'));
    for (const name of [CONFIG, 'tsconfig.json']) await copyFile(join(ROOT, name), join(folder, name));
    await writeFile(join(folder, 'package.json'), '{"name":"walls","type":"module"}');
    await mkdir(join(folder, 'node_modules', '@voltpile'), { recursive: true });
    await symlink(join(ROOT, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
    for (const room of await rooms()) {
      await mkdir(join(folder, room));
      await copyFile(join(ROOT, room, 'package.json'), join(folder, room, 'package.json'));
      await symlink(join('..', '..', room), join(folder, 'node_modules', '@voltpile', room));
      for (const part of ['', 'contract', 'testing', 'rpc', 'v16']) {
        await mkdir(join(folder, room, part), { recursive: true });
        await writeFile(
          join(folder, room, part, 'part.ts'),
          'export type Part = number;\nexport const part: Part = 1;\n',
        );
      }
    }
    for (const [file, imported] of CASES) {
      // Types only: the weakest tie, which is easily overlooked.
      await writeFile(join(folder, file), `import type { Part } from '${imported}';\nexport type Mine = Part;\n`);
    }
    await writeFile(
      join(folder, 'ocpp', 'one.ts'),
      `import { two } from './two.ts';\nexport const one = (): number => two();\n`,
    );
    await writeFile(
      join(folder, 'ocpp', 'two.ts'),
      `import { one } from './one.ts';\nexport const two = (): number => one();\n`,
    );
  });
  after(() => rm(folder, { recursive: true }));

  it('stop every forbidden import and no other', async () => {
    const { summary } = await cruise(folder, await rooms());
    const found = new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`));
    for (const [file, imported, rule] of CASES) {
      const about = [...found].filter((violation) => violation.startsWith(`${file}: `));
      if (rule === null) assert.deepEqual(about, [], `${file} may import ${imported}`);
      else assert.ok(about.includes(`${file}: ${rule}`), `${file} must not import ${imported}; found ${about}`);
    }
    assert.ok(found.has('ocpp/one.ts: no-cycles'), 'a circle is found');
  });

  it('stand in this house', async () => {
    const { modules, summary } = await cruise(ROOT, await rooms());
    assert.ok(
      modules.some(({ source }) => source === 'platform/database/connection.ts'),
      'TypeScript is read',
    );
    assert.deepEqual(
      summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`),
      [],
    );
  });
});

/** Every workspace of the project. */
async function rooms(): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'node_modules', '@voltpile'));
  return entries.sort();
}
