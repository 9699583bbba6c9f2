import type { Scenario } from '../scenario.ts';

/** Nobody who reads a guide at leisure is to find somebody else's charge. */
const DAY_SECONDS = 86_400;
const CHARGE_SECONDS = 14_400;

export const remoteControl: Scenario = {
  name: 'remote-control',
  description:
    'A plugged car waits to be started and stopped from afar; after a day without a charge the card does it.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        { do: 'plug-in' },
        // Not for the command: a charge may have begun, and been stopped again, a moment after it.
        { do: 'await-charge', withinSeconds: DAY_SECONDS },
        { do: 'card', when: 'idle' },
        { do: 'charge', seconds: CHARGE_SECONDS },
        { do: 'unplug' },
        { do: 'wait', seconds: { min: 5, max: 15 } },
      ],
    },
  ],
};
