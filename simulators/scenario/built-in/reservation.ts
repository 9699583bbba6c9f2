import type { Scenario } from '../scenario.ts';

export const reservation: Scenario = {
  name: 'reservation',
  description:
    'A connector is reserved: another card is refused, the owner charges; the next reservation expires, one is cancelled.',
  steps: [
    { do: 'boot' },
    {
      do: 'repeat',
      steps: [
        { do: 'next-card' },
        {
          do: 'command',
          action: 'ReserveNow',
          payload: { connectorId: '$connector', idTag: '$idTag', reservationId: 1, expiryDate: { $in: 900 } },
        },
        { do: 'wait', seconds: 60 },
        { do: 'card', idTag: 'SOMEBODY-ELSE' },
        { do: 'wait', seconds: 60 },
        { do: 'plug-in' },
        { do: 'card' },
        { do: 'charge', energyWh: 3_000 },
        { do: 'unplug' },
        {
          do: 'command',
          action: 'ReserveNow',
          payload: { connectorId: '$connector', idTag: '$idTag', reservationId: 2, expiryDate: { $in: 600 } },
        },
        { do: 'wait', seconds: 660 },
        {
          do: 'command',
          action: 'ReserveNow',
          payload: { connectorId: '$connector', idTag: '$idTag', reservationId: 3, expiryDate: { $in: 600 } },
        },
        { do: 'wait', seconds: 60 },
        { do: 'command', action: 'CancelReservation', payload: { reservationId: 3 } },
        { do: 'wait', seconds: { min: 60, max: 600 } },
      ],
    },
  ],
};
