import { chargingEnd } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellSamples } from '../tell-samples.ts';
import { readEndSamples } from '../values/battery-samples.ts';

/** 0x19 (V1.6 §6; nothing answers it): how the battery was left. The end itself is told by the record. */
export const chargingEndMessage: YkcMessage<typeof chargingEnd.fields> = {
  table: chargingEnd,
  tells: ['transactionUpdated', 'metered'],
  handle: (values, exchange) => tellSamples(values, exchange, readEndSamples(values), 'ChargingStateChanged'),
};
