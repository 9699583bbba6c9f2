import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { curveActivities } from './curve-activities.ts';

describe('activities of a charging curve', () => {
  const shown = (states: [at: number, state: string][], firstEnergyAt: number | null, end: number | null = null) =>
    curveActivities(
      states.map(([at, state]) => ({ at: instant(at), state })),
      firstEnergyAt === null ? null : instant(firstEnergyAt),
      end === null ? null : instant(end),
    ).map(({ from, activity }) => [from, activity]);

  it('tell when the car asks for no energy any more', () => {
    const states: [number, string][] = [
      [0, 'EVConnected'],
      [5, 'Charging'],
      [20, 'SuspendedEV'],
      [30, 'SuspendedEVSE'],
      [40, 'SuspendedEV'],
      [50, 'EVConnected'],
      [60, 'Idle'],
    ];
    assert.deepEqual(shown(states, 10, 60), [
      [20, 'parking'],
      [30, 'charging'],
      [40, 'parking'],
    ]);
  });

  it('charge before the first energy, whatever is told', () => {
    assert.deepEqual(
      shown(
        [
          [0, 'SuspendedEV'],
          [10, 'EVConnected'],
        ],
        null,
      ),
      [],
    );
    assert.deepEqual(
      shown(
        [
          [0, 'SuspendedEV'],
          [30, 'SuspendedEV'],
        ],
        20,
      ),
      [[30, 'parking']],
    );
    assert.deepEqual(
      shown(
        [
          [0, 'SuspendedEV'],
          [5, 'SuspendedEVSE'],
          [8, 'SuspendedEV'],
        ],
        20,
      ),
      [[8, 'parking']],
    );
  });

  it('take the later word of two at one time', () => {
    assert.deepEqual(
      shown(
        [
          [5, 'Charging'],
          [20, 'SuspendedEV'],
          [20, 'Charging'],
          [25, 'Idle'],
        ],
        null,
      ),
      [[25, 'parking']],
    );
    assert.deepEqual(
      shown(
        [
          [5, 'Charging'],
          [20, 'SuspendedEV'],
          [25, 'Charging'],
          [25, 'Idle'],
        ],
        null,
      ),
      [[20, 'parking']],
    );
  });
});
