import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Prometheus' own check of rules on this machine: the variable PROMTOOL, or the PATH. */
export function findPromtool(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const there = [process.env.PROMTOOL ?? '', ...folders.map((folder) => join(folder, 'promtool'))];
  return there.find((file) => file !== '' && existsSync(file));
}
