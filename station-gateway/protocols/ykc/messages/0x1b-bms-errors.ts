import { bmsErrors } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellChargeFact } from '../tell-charge-fact.ts';
import { MESSAGE_ERRORS, readFlags } from '../values/battery-flags.ts';

/** 0x1B (V1.6 §6, §7.5; nothing answers it): car and pile do not understand each other. */
export const bmsErrorsMessage: YkcMessage<typeof bmsErrors.fields> = {
  table: bmsErrors,
  tells: ['factReported'],
  handle: (values, exchange) =>
    tellChargeFact(values, exchange, 'charging-fault', {
      by: 'both',
      flags: readFlags(values.flags, MESSAGE_ERRORS),
      raw: values.flags,
    }),
};
