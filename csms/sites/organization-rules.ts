import { defineError } from '@voltpile/kernel/errors';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { OrganizationInput } from '../contract/operator-ports.ts';

export const invalidOrganization = defineError(
  'organization.invalid',
  'InvalidArgument',
  'The organisation cannot be stored: {field} must be {expected}.',
);

type OrganizationFacts = OrganizationInput & { readonly masterPassGroupId: string | null };

/**
 * Checks an organisation's facts and brings them into the form they are kept in (codes in capitals).
 *
 * @throws InvalidArgument `organization.invalid`
 */
export function checkedOrganization(input: OrganizationInput): OrganizationFacts {
  const name = storableText(input.name).trim();
  if (name.length < 1 || name.length > 200)
    throw invalidOrganization({ field: 'name', expected: '1 to 200 characters' });
  return {
    name,
    countryCode: code(input.countryCode, 'countryCode', /^[A-Z]{2}$/, 'two letters (ISO 3166)'),
    partyId: code(input.partyId, 'partyId', /^[A-Z0-9]{3}$/, 'three letters or digits'),
    operatorId: code(input.operatorId, 'operatorId', /^[A-Z0-9]{9}$/, 'nine letters or digits'),
    masterPassGroupId: masterPass(input.masterPassGroupId ?? null),
  };
}

/** A group is compared like a token, without regard to case; stations of every dialect must be able to send it. */
function masterPass(value: string | null): string | null {
  if (value !== null && !/^[!-~](?:[ -~]{0,34}[!-~])?$/.test(value)) {
    throw invalidOrganization({
      field: 'masterPassGroupId',
      expected: '1 to 36 printable characters of ASCII without blanks at the ends',
    });
  }
  return value;
}

function code(value: string | null, field: string, pattern: RegExp, expected: string): string | null {
  if (value === null) return null;
  const upper = value.toUpperCase();
  if (!pattern.test(upper)) throw invalidOrganization({ field, expected });
  return upper;
}
