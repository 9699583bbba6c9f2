import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ASSUMED, bytes, capacityOf, capacityTables, LOADS, type Load, MEASURED, rounded } from './capacity.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');
const minutely = LOADS[0] as Load;

describe('capacity on paper', () => {
  it('stands on figures that docs/bench.md has', async () => {
    const text = await readFile(join(DOCS, 'bench.md'), 'utf8');
    const section = (heading: string): string => {
      const from = text.indexOf(`\n## ${heading}\n`);
      assert.ok(from >= 0, heading);
      return text.slice(from, text.indexOf('\n## ', from + 4));
    };
    /** Cells of the row that begins with this one. */
    const row = (heading: string, first: string): string[] => {
      const line = section(heading)
        .split('\n')
        .find((one) => one.startsWith(`| ${first} |`));
      assert.ok(line !== undefined, `${heading}: ${first}`);
      return line.split('|').map((cell) => cell.trim());
    };
    const has = (cells: readonly string[], figure: number): void =>
      assert.ok(cells.includes(String(figure)), `${figure} in ${cells.join(' | ')}`);

    const d = row('What an acknowledged message costs', 'd');
    has(d, MEASURED.ocppCpuMsPerThousand);
    has(d, MEASURED.bytesPerIdleStation);
    const piles = row('Piles of 云快充', '5000');
    for (const figure of [MEASURED.ykcCpuMsPerThousand, MEASURED.bytesPerIdlePile, MEASURED.bytesPerChargingPile])
      has(piles, figure);
    for (const [part, share] of Object.entries(MEASURED.shares)) has(row('Roles apart', part), share);
    assert.match(section('Roles apart'), new RegExp(`and ${MEASURED.natsBytesPerMessage} bytes for each message`));
    for (const [interval, of] of Object.entries(MEASURED.storage)) {
      const cells = row('What charges take on disk', `OCPP 1.6, every ${interval} s`);
      for (const figure of Object.values(of)) has(cells, figure);
    }
  });

  it('is what the guide says', async () => {
    const guide = await readFile(join(DOCS, 'guides', 'capacity.md'), 'utf8');
    assert.ok(guide.includes(capacityTables()), 'npm run docs:capacity writes the tables anew');
  });

  it('adds up', () => {
    // By hand: a third of the piles charge at the peak and report once a minute, all have a heartbeat every five minutes.
    const { messagesPerSecond, reportsPerSecond, coresTogether, rowsPerDay, diskBytesPerMonth, ...of } = capacityOf(
      90_000,
      minutely,
    );
    assert.equal(Math.round(reportsPerSecond), 500);
    assert.equal(Math.round(messagesPerSecond), 800);
    assert.equal(coresTogether.toFixed(4), (0.8 * 0.1985).toFixed(4));
    assert.equal(rowsPerDay, 90_000 * 1933);
    assert.equal(diskBytesPerMonth, 90_000 * 485_130 * 30);
    assert.equal(Math.round(of.gatewayBytes), 30_000 * 35_859 + 60_000 * 15_794);
    assert.equal(of.gateways, 6);
    const twice = capacityOf(180_000, minutely);
    assert.equal(twice.messagesPerSecond.toFixed(6), (2 * messagesPerSecond).toFixed(6));
    assert.equal(of.databaseConnections, (of.csms + 6) * ASSUMED.databaseConnectionsPerProcess);
  });

  it('writes numbers as precisely as they are known', () => {
    assert.deepEqual([0, 0.0171, 0.96, 4.04, 88.9, 888.9, 36_666].map(rounded), [
      '0',
      '0.02',
      '0.96',
      '4.0',
      '89',
      '890',
      '37,000',
    ]);
    assert.deepEqual([999, 1000, 14_553_900_000_000].map(bytes), ['1,000 B', '1.0 kB', '15 TB']);
  });
});
