import { firmwareUpdate, firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { command } from './command.ts';

const WRONG_PILE = 1;
const WRONG_MODEL = 2;
const MODELS = { DC: 1, AC: 2 } as const;
const WHEN_IDLE = 2;

/** Answered at once when the file cannot be for this pile; else after the attempt, which may be after a reboot. */
export const updateFirmware = command(firmwareUpdate, firmwareUpdateReply, (pile, values) => {
  const { pileNo, model, host, port, path, when } = values;
  if (pileNo !== pile.identity) return { response: { pileNo: pile.identity, status: WRONG_PILE } };
  if (model !== MODELS[pile.type]) return { response: { pileNo, status: WRONG_MODEL } };
  const location = `ftp://${host}:${port}/${path.replace(/^\//, '')}`;
  const run = () => {
    pile.firmware.begin({ location, retrieveAt: 0, requestId: undefined, isSigned: false });
  };
  return { afterwards: when === WHEN_IDLE ? () => pile.whenIdle('update', run) : run };
});
