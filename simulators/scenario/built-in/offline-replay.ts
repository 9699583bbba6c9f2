import type { Scenario } from '../scenario.ts';

export const offlineReplay: Scenario = {
  name: 'offline-replay',
  description:
    'Loses its network in mid-charge, ends that charge and makes another one offline, then replays everything.',
  steps: [
    { do: 'boot' },
    { do: 'configure', key: 'AllowOfflineTxForUnknownId', value: 'true', unless: 'ykc' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        { do: 'command', action: '0x44', payload: { cards: ['$idTag'] }, only: 'ykc' },
        { do: 'plug-in' },
        { do: 'card' },
        { do: 'charge', energyWh: 2_000 },
        { do: 'go-offline' },
        { do: 'charge', seconds: 900 },
        { do: 'card', when: 'charging' },
        { do: 'unplug' },
        { do: 'wait', seconds: 120 },
        { do: 'plug-in' },
        { do: 'card' },
        { do: 'charge', energyWh: 3_000 },
        { do: 'unplug' },
        { do: 'wait', seconds: 300 },
        { do: 'go-online' },
        { do: 'flush', withinSeconds: 600 },
        { do: 'wait', seconds: { min: 300, max: 900 } },
      ],
    },
  ],
};
