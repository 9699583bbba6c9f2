import { readRealtimeData, realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { YkcCommand } from '../command.ts';
import { byAnswer, unable } from '../outcome.ts';
import { toGun } from '../values/guns.ts';

const REALTIME: ReadonlySet<string> = new Set(['MeterValues', 'StatusNotification', 'TransactionEvent']);

/** 0x12 → 0x13 (V1.6 §6): how the guns are, one of them or all. Nothing else can be asked for. */
export const triggerMessage: YkcCommand<'trigger-message'> = {
  action: 'trigger-message',
  async execute({ payload }, pile, deadline) {
    const { requestedMessage, evseId } = payload;
    if (!REALTIME.has(requestedMessage)) {
      return unable(
        `The pile can be asked for its state (MeterValues, StatusNotification), not for ${requestedMessage}.`,
      );
    }
    const guns = evseId === undefined ? Array.from({ length: pile.guns }, (_, index) => index + 1) : [evseId];
    const outcomes = await Promise.all(
      guns.map(async (each) => {
        const gun = toGun(each);
        const question = { pileNo: pile.link.identity, gun };
        const reply = await pile.ask(
          readRealtimeData,
          question,
          realtimeData,
          (values) => values.gun === gun,
          deadline,
        );
        return byAnswer(reply, realtimeData, () => true);
      }),
    );
    const worst = outcomes.find(({ status }) => status !== 'accepted');
    const response = outcomes.map((outcome) => outcome.response);
    return { status: worst?.status ?? 'accepted', response: response.length === 1 ? response[0] : { guns: response } };
  },
};
