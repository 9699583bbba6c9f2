import type { Scenario } from '../scenario.ts';

export const steadyDay: Scenario = {
  name: 'steady-day',
  description: 'Cars come and go on every connector all day; the first one soon after the boot.',
  steps: [
    { do: 'boot' },
    {
      do: 'each-connector',
      steps: [
        { do: 'wait', seconds: { min: 1, max: 20 } },
        {
          do: 'repeat',
          steps: [
            { do: 'next-card' },
            { do: 'plug-in', vehicle: { socPercent: 35 } },
            { do: 'wait', seconds: { min: 3, max: 15 } },
            { do: 'card' },
            { do: 'charge', energyWh: { min: 4_000, max: 22_000 }, seconds: 3 * 3600 },
            { do: 'card', when: 'charging' },
            { do: 'wait', seconds: { min: 20, max: 240 } },
            { do: 'unplug' },
            { do: 'wait', seconds: { min: 60, max: 2400 } },
          ],
        },
      ],
    },
  ],
};
