import { firmwareUpdate, firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed, unable } from '../outcome.ts';

const FTP_PORT = 21;
const LIMITS = { host: 16, user: 16, pwd: 16, path: 32 } as const;
const DC = 0;
const MODELS = { dc: 1, ac: 2 } as const;
const NOW = 1;
const WHEN_IDLE = 2;
const DOWNLOAD_MINUTES = 30;
/** What nobody means as a time to wait for. */
const SOON_MS = 60_000;

/**
 * 0x94 → 0x93 (V1.6 §6): the pile fetches a file by FTP, `ftp://user:password@host:port/path`, all of it short. User and password travel in
 * clear. What came of it is told when the attempt is over, minutes later, and often after a new login: the outcome then is the station's firmware
 * status, and this command times out.
 */
export const updateFirmware: YkcCommand<'update-firmware'> = {
  action: 'update-firmware',
  frames: [firmwareUpdate.code],
  async execute({ payload }, pile, deadline) {
    const url = URL.parse(payload.location);
    if (url?.protocol !== 'ftp:')
      return unable('The pile fetches firmware by FTP only: give a location that begins with ftp://');
    const { retrieveAt, installAt } = payload;
    if (installAt !== undefined || Date.parse(retrieveAt) > pile.link.clock.now() + SOON_MS) {
      return unable(
        'The pile cannot be told a time: it fetches and installs firmware at once, or when nobody charges.',
      );
    }
    const parts = partsOf(url);
    if (parts === undefined) return failed('Unsendable', 'The location has a % that stands for nothing.');
    for (const [name, limit] of Object.entries(LIMITS)) {
      const text = parts[name as keyof typeof LIMITS];
      if (text.length > limit || !/^[\x20-\x7e]*$/.test(text)) {
        return failed('Unsendable', `The ${name} of the location must be ${limit} ASCII characters at most.`);
      }
    }
    const reply = await pile.ask(
      firmwareUpdate,
      {
        pileNo: pile.link.identity,
        model: pile.pileType === DC ? MODELS.dc : MODELS.ac,
        power: 0,
        ...parts,
        port: url.port === '' ? FTP_PORT : Number(url.port),
        // A charge is not to be cut off by it.
        when: pile.isCharging ? WHEN_IDLE : NOW,
        timeoutMin: DOWNLOAD_MINUTES,
      },
      firmwareUpdateReply,
      () => true,
      deadline,
    );
    return byAnswer(reply, firmwareUpdateReply, ({ status }) => status === 0);
  },
};

/** What the frame tells of a location; undefined when that is not written as it should be. */
function partsOf({ hostname, username, password, pathname }: URL): Record<keyof typeof LIMITS, string> | undefined {
  try {
    return {
      host: hostname,
      user: decodeURIComponent(username),
      pwd: decodeURIComponent(password),
      path: decodeURIComponent(pathname),
    };
  } catch {
    return undefined;
  }
}
