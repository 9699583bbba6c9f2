import { bmsParameters } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellSamples } from '../tell-samples.ts';
import { readParameterSamples } from '../values/battery-samples.ts';

/** 0x17 (V1.6 §6; nothing answers it): limits of car and pile, once, when the charge is configured. */
export const bmsParametersMessage: YkcMessage<typeof bmsParameters.fields> = {
  table: bmsParameters,
  tells: ['transactionUpdated', 'metered'],
  handle: (values, exchange) => tellSamples(values, exchange, readParameterSamples(values), 'EVDetected'),
};
