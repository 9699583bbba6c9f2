import { defineError } from '@voltpile/kernel/errors';
import type { LocalListPolicy } from '../contract/local-lists-port.ts';

export const invalidPolicy = defineError(
  'local_list.invalid_policy',
  'InvalidArgument',
  'The policy of local lists cannot be stored: {field} must be {expected}.',
);

/** More are a group, or all. */
const MAX_NAMES = 1000;
const VALUE = /^[!-~](?:[ -~]{0,62}[!-~])?$/;

/**
 * Checks a policy; names that differ in case only are the same and stay once, in the order given.
 *
 * @throws InvalidArgument `local_list.invalid_policy`
 */
export function checkedPolicy(policy: LocalListPolicy): LocalListPolicy {
  switch (policy.kind) {
    case 'off':
    case 'all':
      return { kind: policy.kind };
    case 'groups':
      return { kind: 'groups', groupIdTokens: checkedNames('groupIdTokens', policy.groupIdTokens) };
    case 'tokens':
      return { kind: 'tokens', idTokens: checkedNames('idTokens', policy.idTokens) };
    default:
      throw invalidPolicy({ field: 'kind', expected: 'off, all, groups or tokens' });
  }
}

function checkedNames(field: string, names: readonly string[]): string[] {
  const isFine = Array.isArray(names) && names.length >= 1 && names.length <= MAX_NAMES;
  if (!isFine || !names.every((name) => typeof name === 'string' && VALUE.test(name))) {
    throw invalidPolicy({ field, expected: `1 to ${MAX_NAMES} values of id tokens` });
  }
  const byValue = new Map<string, string>();
  for (const name of names) if (!byValue.has(name.toLowerCase())) byValue.set(name.toLowerCase(), name);
  return [...byValue.values()];
}
