import { firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import type { YkcMessage } from '../message.ts';

/** OCPP 2.0.1 FirmwareStatusEnumType for what the pile tells in the end. */
const STATUSES: Readonly<Record<number, string>> = {
  0: 'Installed',
  1: 'InstallationFailed',
  2: 'InstallationFailed',
  3: 'DownloadFailed',
};

/** 0x93 (V1.6 §6; nothing answers it): what came of 0x94, minutes later and often after a new login. */
export const firmwareUpdateReplyMessage: YkcMessage<typeof firmwareUpdateReply.fields> = {
  table: firmwareUpdateReply,
  tells: ['firmwareStatusChanged'],
  async handle(values, exchange) {
    const status = STATUSES[values.status] ?? 'InstallationFailed';
    await exchange.port.firmwareStatusChanged({ origin: exchange.origin(), status });
    exchange.pile.questions.answered(firmwareUpdateReply.code, values, exchange.frame);
  },
};
