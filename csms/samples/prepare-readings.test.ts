import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import type { MeterReading, SampledValue } from '../contract/station-port.ts';
import type { SampleKind } from './normalise-sample.ts';
import { prepareReadings } from './prepare-readings.ts';
import { SampleKinds } from './sample-kinds.ts';

const AT = instant(Date.parse('2026-03-01T12:00:00Z'));

function reading(values: Partial<SampledValue>[], at = AT): MeterReading {
  return {
    timestamp: { text: 'x', at },
    values: values.map((value) => ({
      measurand: 'Energy.Active.Import.Register',
      phase: null,
      location: 'Outlet',
      context: 'Sample.Periodic',
      format: 'Raw',
      unit: 'Wh',
      value: '1',
      basis: 'register',
      ...value,
    })),
  };
}

function kindsInMemory(limit?: number): { kinds: SampleKinds; asked: SampleKind[][] } {
  const ids = new Map<string, number>();
  const asked: SampleKind[][] = [];
  const store = async (wanted: readonly SampleKind[]): Promise<number[]> => {
    asked.push([...wanted]);
    return wanted.map((kind) => {
      const key = JSON.stringify(kind);
      if (!ids.has(key)) ids.set(key, ids.size + 1);
      return ids.get(key) as number;
    });
  };
  return { kinds: new SampleKinds(store, limit), asked };
}

describe('readings of a message', () => {
  const origin = { receivedAt: AT, clockOffsetMs: null };

  it('asks for each new kind once', async () => {
    const { kinds, asked } = kindsInMemory();
    const readings = [reading([{}, { phase: 'L1' }]), reading([{}], instant(AT + 1000))];
    await prepareReadings(readings, origin, kinds);
    await prepareReadings(readings, origin, kinds);
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.length, 3, 'both kinds and Other');
  });

  it('numbers samples of the same kind at the same time', async () => {
    const { kinds } = kindsInMemory();
    const { samples } = await prepareReadings([reading([{}, {}, { phase: 'L1' }, {}]), reading([{}])], origin, kinds);
    assert.deepEqual(
      samples.map((sample) => sample.ordinal),
      [0, 1, 0, 2, 0],
    );
  });

  it('tells the newest totals and the registers', async () => {
    const { kinds } = kindsInMemory();
    const later = instant(AT + 60_000);
    const { latest, registers } = await prepareReadings(
      [
        reading([{ value: '2.5', unit: 'kWh' }], later),
        reading([
          { value: '2400' },
          { value: '9', phase: 'L1' },
          { measurand: 'Power.Active.Import', unit: 'kW', value: '11' },
          { measurand: 'SoC', unit: 'Percent', value: '57' },
          { value: '-4', context: 'Other' },
        ]),
      ],
      { receivedAt: later, clockOffsetMs: null },
      kinds,
    );
    assert.deepEqual(latest, { at: later, energyWh: 2500, sessionEnergyWh: null, powerW: 11_000, socPercent: 57 });
    assert.deepEqual(registers, [
      { at: later, milliWh: 2_500_000n },
      { at: AT, milliWh: 2_400_000n },
    ]);
  });

  it('keeps the claimed time as the key and the corrected one beside', async () => {
    const { kinds } = kindsInMemory();
    const claimed = instant(AT + 300_000);
    const { samples, flags } = await prepareReadings(
      [reading([{}], claimed)],
      { receivedAt: AT, clockOffsetMs: 300_000 },
      kinds,
    );
    assert.deepEqual([samples[0]?.occurredAt, samples[0]?.effectiveAt], [claimed, AT]);
    assert.deepEqual([...flags], ['clock-corrected']);
  });

  it('keeps samples as text when there are too many kinds', async () => {
    const { kinds } = kindsInMemory(1);
    await prepareReadings([reading([{}])], origin, kinds);
    const { samples } = await prepareReadings([reading([{ measurand: 'Noise.1', value: '7' }])], origin, kinds);
    assert.equal(samples[0]?.kindId, kinds.other);
    assert.equal(samples[0]?.value, null);
    assert.equal(JSON.parse(samples[0]?.text as string).measurand, 'Noise.1');
  });
});
