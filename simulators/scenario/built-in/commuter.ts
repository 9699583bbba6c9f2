import type { Scenario } from '../scenario.ts';

export const commuter: Scenario = {
  name: 'commuter',
  description: 'The same car every evening: charges until it is full, stays plugged over night, leaves in the morning.',
  steps: [
    { do: 'boot' },
    {
      do: 'each-connector',
      steps: [
        { do: 'wait', seconds: { min: 5, max: 60 } },
        {
          do: 'repeat',
          steps: [
            { do: 'plug-in', vehicle: { batteryWh: 52_000, socPercent: 62 } },
            { do: 'wait', seconds: { min: 3, max: 30 } },
            { do: 'card' },
            { do: 'charge', seconds: 11 * 3600 },
            { do: 'wait', seconds: { min: 600, max: 7200 } },
            { do: 'unplug' },
            { do: 'wait', seconds: { min: 10 * 3600, max: 12 * 3600 } },
          ],
        },
      ],
    },
  ],
};
