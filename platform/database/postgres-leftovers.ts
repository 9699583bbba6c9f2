import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { defineError } from '@voltpile/kernel/errors';

export const databaseFolderBusy = defineError(
  'database.folder_busy',
  'FailedPrecondition',
  'Processes of an earlier PostgreSQL still use {folder} and cannot be stopped: {pids}.',
);

const POLL_MS = 20;
/** How long each rung of the ladder is given before the next: fast shutdown, immediate shutdown, kill. */
const LADDER: readonly (readonly [signal: NodeJS.Signals, patienceMs: number])[] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

/**
 * Stops whatever an earlier, killed run left behind in a data folder, and removes a `postmaster.pid` that names a process which has
 * nothing to do with it (its number was given out again, or it is a zombie that nobody reaped): PostgreSQL itself would refuse to start.
 * A pid file whose process is gone stays: PostgreSQL reads from it which shared memory to check.
 *
 * @param marker text that every process of this cluster carries in its command line (`cluster_name`)
 * @returns the pids that were stopped
 * @throws FailedPrecondition `database.folder_busy`
 */
export async function stopLeftoverPostgres(dataFolder: string, marker: string): Promise<number[]> {
  const leftover = await postgresProcessesOf(dataFolder, marker);
  const pidFile = join(dataFolder, 'postmaster.pid');
  const named = await readPostmasterPid(dataFolder);
  let remaining = leftover;
  for (const [signal, patienceMs] of LADDER) {
    if (remaining.length === 0) break;
    // Signals go to the postmaster, which ends its children; without one the children are on their own.
    const postmaster = remaining.filter((pid) => pid === named);
    for (const pid of signal === 'SIGKILL' || postmaster.length === 0 ? remaining : postmaster) send(pid, signal);
    const until = Date.now() + patienceMs;
    do {
      await sleep(POLL_MS);
      remaining = await postgresProcessesOf(dataFolder, marker);
    } while (remaining.length > 0 && Date.now() < until);
  }
  if (remaining.length > 0) throw databaseFolderBusy({ folder: dataFolder, pids: remaining.join(', ') });
  const stillNamed = await readPostmasterPid(dataFolder);
  if (stillNamed !== undefined && processExists(stillNamed)) await rm(pidFile, { force: true });
  return leftover;
}

/** The pid in `postmaster.pid`, when there is such a file. */
export async function readPostmasterPid(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** Live PostgreSQL processes (zombies are not) whose working folder is the data folder or whose command line carries the marker. */
export async function postgresProcessesOf(dataFolder: string, marker: string): Promise<number[]> {
  if (process.platform !== 'linux') return processesByCommand(marker);
  const folder = await stat(dataFolder).catch(() => undefined);
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // An empty command line is a kernel thread or a zombie; a process that ends while we look reads as empty, too.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!/^(?:\S*\/)?postgres(?:[:\0 ]|$)/.test(command)) continue;
    const working = await stat(`/proc/${pid}/cwd`).catch(() => undefined);
    const inFolder = folder !== undefined && working?.ino === folder.ino && working.dev === folder.dev;
    if (inFolder || command.includes(marker)) found.push(pid);
  }
  return found;
}

async function processesByCommand(marker: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,stat=,args='], { maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(?:\S*\/)?postgres\b(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , state = '', rest = '']) => !state.startsWith('Z') && rest.includes(marker))
    .map(([, pid]) => Number(pid));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone meanwhile, or it is not ours to end: the caller sees what remains.
  }
}
