import { readRealtimeData, realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { realtimeValues } from '../messages/realtime-data.ts';
import { command } from './command.ts';

export const readRealtime = command(readRealtimeData, realtimeData, (pile, { gun }) => {
  const asked = pile.gunOf(gun);
  return asked === undefined ? {} : { response: realtimeValues(pile, asked) };
});
