import { chargerAbort } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellChargeFact } from '../tell-charge-fact.ts';
import { CHARGER_ABORT, readFlags } from '../values/battery-flags.ts';

/** 0x21 (V1.6 §6, §7.6; nothing answers it): the pile ends the charge, and why. */
export const chargerAbortMessage: YkcMessage<typeof chargerAbort.fields> = {
  table: chargerAbort,
  tells: ['factReported'],
  handle: (values, exchange) => {
    const { reason, fault, error } = values;
    const raw = `${reason}${fault}${error}`;
    const flags = readFlags(raw, CHARGER_ABORT);
    return tellChargeFact(values, exchange, 'charging-fault', { by: 'pile', flags, raw });
  },
};
