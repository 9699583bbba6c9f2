import { isSecretName, maskSecrets } from '@voltpile/kernel/mask-secrets';
import { cutText } from '../persistence/storable-text.ts';
import type { DeviceName } from './device-name.ts';

/** As long as OCPP 2.0.1 lets a value be. */
const MAX_VALUE_LENGTH = 2500;
/** What stands for a secret. */
export const MASKED = '***';

export interface ShownValue {
  readonly value: string;
  /** It was longer than we keep. */
  readonly cut: boolean;
}

/**
 * A variable's value as it may be stored and shown: secrets masked (all of a variable that is named like one, user and password in an
 * address), and not longer than {@link MAX_VALUE_LENGTH}. An empty text keeps no secret.
 */
export function shownValue(name: DeviceName, value: string): ShownValue {
  if (value === '') return { value, cut: false };
  const names = [name.variableName, name.variableInstance, name.componentName, name.componentInstance];
  if (names.some((each) => each !== null && isSecretName(each))) return { value: MASKED, cut: false };
  let cut = false;
  const masked = cutText(String(maskSecrets(value)), MAX_VALUE_LENGTH, () => {
    cut = true;
  });
  return { value: masked, cut };
}
