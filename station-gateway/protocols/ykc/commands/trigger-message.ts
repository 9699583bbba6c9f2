import { readRealtimeData, realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { YkcCommand } from '../command.ts';
import { byAnswer, noSuchGun, unable } from '../outcome.ts';
import { toEvseId } from '../values/guns.ts';

const REALTIME: ReadonlySet<string> = new Set(['MeterValues', 'StatusNotification', 'TransactionEvent']);

/** 0x12 → 0x13 (V1.6 §6): how the guns are, one of them or all. Nothing else can be asked for. */
export const triggerMessage: YkcCommand<'trigger-message'> = {
  action: 'trigger-message',
  frames: [readRealtimeData.code],
  async execute({ payload }, pile, deadline) {
    const { requestedMessage, evseId } = payload;
    if (!REALTIME.has(requestedMessage)) {
      return unable(
        `The pile can be asked for its state (MeterValues, StatusNotification), not for ${requestedMessage}.`,
      );
    }
    const evseIds = evseId === undefined ? Array.from({ length: pile.guns }, (_, index) => index + 1) : [evseId];
    const guns = evseIds.map((each) => pile.gunAt(each));
    if (guns.includes(undefined)) return noSuchGun(pile.guns);
    const outcomes = await Promise.all(
      guns
        .filter((gun) => gun !== undefined)
        .map(async (gun) => {
          const question = { pileNo: pile.link.identity, gun: gun.gun };
          const fits = (values: { readonly gun: string }): boolean => toEvseId(values.gun, pile.guns) === gun.evseId;
          return byAnswer(
            await pile.ask(readRealtimeData, question, realtimeData, fits, deadline),
            realtimeData,
            () => true,
          );
        }),
    );
    const worst = outcomes.find(({ status }) => status !== 'accepted');
    const response = outcomes.map((outcome) => outcome.response);
    return { status: worst?.status ?? 'accepted', response: response.length === 1 ? response[0] : { guns: response } };
  },
};
