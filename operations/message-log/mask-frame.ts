import { isSecretName, maskSecrets, mayHoldSecrets } from '@voltpile/kernel/mask-secrets';

/** Stands for a frame that cannot be read and speaks of secrets: where they end cannot be told. */
export const UNREADABLE_SECRET = '*** (not JSON, and names a secret)';

/** A frame without the secrets in it. Most frames cannot hold any, and are given back as they came. */
export function maskFrame(frame: string): string {
  if (!mayHoldSecrets(frame)) return frame;
  let content: unknown;
  try {
    content = JSON.parse(frame);
  } catch {
    return isSecretName(frame) ? UNREADABLE_SECRET : String(maskSecrets(frame));
  }
  const masked = JSON.stringify(maskSecrets(content));
  return masked === compact(content) ? frame : masked;
}

/** null for what is nested too deeply to be written. */
function compact(content: unknown): string | null {
  try {
    return JSON.stringify(content);
  } catch {
    return null;
  }
}
