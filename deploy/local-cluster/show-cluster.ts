import { join } from 'node:path';
import type { LocalCluster } from './start-cluster.ts';

/** The one table, and how to log in. */
export function showCluster({ urls, processes, administrator }: Omit<LocalCluster, 'stop'>, dataDir: string): string {
  const rows = [
    ['API', '', `${urls.http}/api/v1/docs`],
    ['stations, OCPP', '', `${urls.ocpp}/{stationId}`],
    ['piles, 云快充', '', urls.ykc],
    ...processes.map(({ name, pid, addresses }) => [name, String(pid ?? ''), addresses.join('  ')]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))));
  const lines = rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)))).join('  '),
  );
  return [
    '',
    ...lines.map((line) => `  ${line}`.trimEnd()),
    '',
    ...(administrator === null ? [] : [administrator]),
    `Logs are in ${join(dataDir, 'logs')}. A process that you kill is started again. Ctrl-C stops everything.`,
    '',
  ].join('\n');
}

/** Chinese characters are two columns wide on a terminal. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (/\p{Script=Han}/u.test(letter) ? 2 : 1), 0);
}
