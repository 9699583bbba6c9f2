import type { Scenario } from '../scenario.ts';

export const firmwareUpdate: Scenario = {
  name: 'firmware-update',
  description:
    'Uploads diagnostics, then updates its firmware while a car charges: the installation waits for the car.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        {
          do: 'command',
          action: 'GetDiagnostics',
          payload: { location: 'ftp://files.example/diagnostics/' },
          unless: 'ykc',
        },
        { do: 'wait', seconds: 60 },
        { do: 'plug-in' },
        { do: 'card' },
        {
          do: 'command',
          action: 'UpdateFirmware',
          payload: { location: 'https://files.example/firmware.bin', retrieveDate: { $in: 60 } },
        },
        { do: 'charge', seconds: 600 },
        { do: 'unplug' },
        { do: 'wait', seconds: 300 },
        { do: 'wait', seconds: { min: 3600, max: 7200 } },
      ],
    },
  ],
};
