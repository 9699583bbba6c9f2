import { bmsAbort } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellChargeFact } from '../tell-charge-fact.ts';
import { BMS_ABORT, readFlags } from '../values/battery-flags.ts';

/** 0x1D (V1.6 §6, §7.6; nothing answers it): the car ends the charge, and why. */
export const bmsAbortMessage: YkcMessage<typeof bmsAbort.fields> = {
  table: bmsAbort,
  tells: ['factReported'],
  handle: (values, exchange) => {
    const { reason, fault, error } = values;
    const raw = `${reason}${fault}${error}`;
    const flags = readFlags(raw, BMS_ABORT);
    return tellChargeFact(values, exchange, 'charging-fault', { by: 'vehicle', flags, raw });
  },
};
