import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Names a running process for good: a pid alone is given out again, a pid that began at one moment of one boot is not.
 *
 * @returns undefined when there is no such process, or only its remains (a zombie)
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return identityByPs(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold anything; the rest follows the last one.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  // Field 22 of proc_pid_stat(5), start time in clock ticks; `fields` begins with the fourth.
  return `${boot} ${fields[18]}`;
}

async function identityByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'stat=,lstart='], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [, state, began] = /^\s*(\S+)\s+(.*?)\s*$/.exec(stdout) ?? [];
    return state === undefined || state.startsWith('Z') ? undefined : began;
  } catch {
    return undefined;
  }
}
