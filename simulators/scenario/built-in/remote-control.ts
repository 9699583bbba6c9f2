import type { Scenario } from '../scenario.ts';

export const remoteControl: Scenario = {
  name: 'remote-control',
  description:
    'A plugged car waits to be started and stopped from afar; after ten minutes without a word the card does it.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        { do: 'plug-in' },
        { do: 'await-command', action: 'RemoteStartTransaction', withinSeconds: 600 },
        { do: 'wait', seconds: 5 },
        { do: 'card', when: 'idle' },
        { do: 'charge', seconds: { min: 600, max: 1800 } },
        { do: 'unplug' },
        { do: 'wait', seconds: { min: 5, max: 15 } },
      ],
    },
  ],
};
