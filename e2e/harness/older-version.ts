import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const OWN_SCOPE = '@voltpile';

/** An earlier commit of this repository, unpacked and ready to be run. */
export interface OlderVersion extends AsyncDisposable {
  readonly root: string;
  /** The server. */
  readonly entry: string;
}

/**
 * Unpacks a commit into a temporary folder, with the packages that are installed here.
 *
 * @returns undefined when the commit is not at hand: a shallow clone, or no repository
 */
export async function unpackVersion(commit: string): Promise<OlderVersion | undefined> {
  try {
    await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT });
  } catch {
    return undefined;
  }
  const root = await makeTemporaryFolder();
  const archive = join(root, 'archive.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', root]);
  await linkPackages(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    entry: join(root, 'server', 'main.mjs'),
    [Symbol.asyncDispose]: () => removeFolder(root),
  };
}

/** Others' packages are the ones here; its own are its own. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(join(to, OWN_SCOPE), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== OWN_SCOPE) await symlink(join(from, name), join(to, name));
  }
  for (const name of await readdir(join(from, OWN_SCOPE))) {
    await symlink(join('..', '..', name), join(to, OWN_SCOPE, name));
  }
}
