import type { Scenario } from '../scenario.ts';

export const powerCut: Scenario = {
  name: 'power-cut',
  description: 'The power goes in mid-charge without a word; it comes back, boots, and tells how the charge ended.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        { do: 'plug-in' },
        { do: 'card' },
        { do: 'charge', energyWh: 2_500 },
        { do: 'power-off' },
        { do: 'wait', seconds: 300 },
        { do: 'power-on' },
        { do: 'flush', withinSeconds: 600 },
        { do: 'unplug' },
        { do: 'wait', seconds: { min: 300, max: 900 } },
      ],
    },
  ],
};
