import type { Scenario } from '../scenario.ts';

export const flakyNetwork: Scenario = {
  name: 'flaky-network',
  description: 'The socket is cut before answers arrive, messages come twice, commands are answered late.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        { do: 'spoil-call', rule: { action: 'StartTransaction', fault: { kind: 'drop-before-answer' } } },
        { do: 'spoil-call', rule: { action: 'MeterValues', fault: { kind: 'drop-before-answer' }, skip: 2, times: 2 } },
        { do: 'spoil-call', rule: { action: 'MeterValues', fault: { kind: 'repeat' }, skip: 5 } },
        { do: 'spoil-call', rule: { action: 'StopTransaction', fault: { kind: 'drop-before-answer' } } },
        { do: 'spoil-call', rule: { action: 'StopTransaction', fault: { kind: 'repeat' } } },
        { do: 'spoil-answer', rule: { action: '*', fault: { kind: 'answer-late', delaySeconds: 5 } } },
        { do: 'plug-in' },
        { do: 'card' },
        { do: 'charge', seconds: 400 },
        { do: 'drop-connection' },
        { do: 'charge', seconds: 400 },
        { do: 'unplug' },
        { do: 'flush', withinSeconds: 600 },
        { do: 'wait', seconds: { min: 60, max: 300 } },
      ],
    },
  ],
};
