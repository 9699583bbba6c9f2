import type { MeterFault } from '../../station/faults.ts';
import type { Scenario, Step } from '../scenario.ts';

const FAULTS: readonly MeterFault[] = [
  { kind: 'runs-backwards' },
  { kind: 'restarts-at-zero' },
  { kind: 'rolls-over', atWh: 1_000_000 },
  { kind: 'kwh-as-wh' },
  { kind: 'stuck' },
];

const session: readonly Step[] = [
  { do: 'plug-in' },
  { do: 'card' },
  { do: 'charge', energyWh: 2_000 },
  { do: 'unplug' },
  { do: 'wait', seconds: 120 },
];

export const faultyMeter: Scenario = {
  name: 'faulty-meter',
  description: 'One charge with each way in which a meter can be wrong, then one with a good meter.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        ...FAULTS.flatMap((fault): Step[] => [{ do: 'meter-fault', fault }, ...session]),
        { do: 'meter-fault', fault: null },
        ...session,
      ],
    },
  ],
};
