import { maskSecrets } from '@voltpile/kernel/mask-secrets';

/** Frames in which a secret may stand: names of secrets, names and passwords in URLs, addresses that are good for one file. */
const SUSPICIOUS = /authoriz|passw|passphrase|secret|private|api_?key|credential|sim_?pin|psk|:\/\/[^\s"]*@|\/files\//i;
/** A frame that is longer is not read again to be masked. */
const MAX_TO_READ = 1_000_000;
const NOT_SHOWN = '"a frame that may hold secrets, and could not be read"';

/** A frame as it may be kept: without secrets. Most frames hold none, and are not looked at any closer. */
export function maskFrame(frame: string): string {
  if (!SUSPICIOUS.test(frame)) return frame;
  if (frame.length > MAX_TO_READ) return NOT_SHOWN;
  try {
    return JSON.stringify(maskSecrets(JSON.parse(frame)));
  } catch {
    return NOT_SHOWN;
  }
}
