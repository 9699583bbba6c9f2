import type { Scenario } from '../scenario.ts';

export const mixedSite: Scenario = {
  name: 'mixed-site',
  description:
    'For stations of every protocol side by side: a card charges through a lost connection, the next car by its VIN where it can.',
  steps: [
    { do: 'boot' },
    {
      do: 'each-connector',
      steps: [
        { do: 'wait', seconds: { min: 1, max: 30 } },
        {
          do: 'repeat',
          steps: [
            { do: 'next-card' },
            { do: 'plug-in', vehicle: { socPercent: 30 } },
            { do: 'wait', seconds: { min: 2, max: 10 } },
            { do: 'card' },
            { do: 'charge', energyWh: { min: 2_000, max: 6_000 }, seconds: 2 * 3600 },
            { do: 'drop-connection' },
            { do: 'charge', seconds: { min: 300, max: 900 } },
            { do: 'card', when: 'charging' },
            { do: 'wait', seconds: { min: 20, max: 120 } },
            { do: 'unplug' },
            { do: 'flush', withinSeconds: 600 },
            { do: 'wait', seconds: { min: 60, max: 600 } },
            { do: 'plug-in', vehicle: { batteryWh: 40_000, socPercent: 85 } },
            { do: 'vin', only: 'ykc' },
            { do: 'card', when: 'idle' },
            { do: 'charge', seconds: 4 * 3600 },
            { do: 'unplug' },
            { do: 'flush', withinSeconds: 600 },
            { do: 'wait', seconds: { min: 60, max: 1200 } },
          ],
        },
      ],
    },
  ],
};
