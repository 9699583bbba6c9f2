import { defineError } from '@voltpile/kernel/errors';
import { zoneName } from '@voltpile/kernel/zone-name';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { OfflinePolicy } from '../contract/offline-policy.ts';
import type { SiteAddress, SiteInput } from '../contract/operator-ports.ts';
import { checkedPolicy } from '../local-lists/list-policy.ts';

export const invalidSite = defineError(
  'site.invalid',
  'InvalidArgument',
  'The site cannot be stored: {field} must be {expected}.',
);

type SiteFacts = Omit<SiteInput, 'organizationId'>;

/** What holds for a site where nothing else is said. */
export const SITE_DEFAULTS: Omit<SiteFacts, 'name'> = {
  timeZone: 'UTC',
  currency: 'EUR',
  address: null,
  coordinates: null,
  openingHours: null,
  fundsFallback: 'allow',
  localListPolicy: { kind: 'off' },
  offlinePolicy: {
    localAuthorizeOffline: null,
    localPreAuthorize: null,
    allowOfflineTxForUnknownId: null,
    stopOnInvalidId: null,
  },
};

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const DEGREES = /^-?\d{1,3}(?:\.\d{1,7})?$/;
const MAX_OPENING_HOURS_LENGTH = 20_000;

/**
 * Checks a site's facts and brings them into the form they are kept in.
 *
 * @throws InvalidArgument `site.invalid`
 */
export function checkedSite(input: SiteFacts): SiteFacts {
  return {
    name: text(input.name, 'name', 200),
    timeZone: timeZone(input.timeZone),
    currency: currency(input.currency),
    address: input.address === null ? null : address(input.address),
    coordinates:
      input.coordinates === null
        ? null
        : {
            latitude: degrees(input.coordinates.latitude, 'latitude', 90),
            longitude: degrees(input.coordinates.longitude, 'longitude', 180),
          },
    openingHours: openingHours(input.openingHours),
    fundsFallback: fundsFallback(input.fundsFallback),
    localListPolicy: checkedPolicy(input.localListPolicy),
    offlinePolicy: offlinePolicy(input.offlinePolicy),
  };
}

function text(value: string, field: string, maxLength: number): string {
  const trimmed = storableText(value).trim();
  if (trimmed.length < 1 || trimmed.length > maxLength) {
    throw invalidSite({ field, expected: `1 to ${maxLength} characters` });
  }
  return trimmed;
}

function timeZone(value: string): string {
  const known = zoneName(value);
  if (known === undefined) {
    throw invalidSite({ field: 'timeZone', expected: 'a zone of the IANA database such as Europe/Berlin' });
  }
  return known;
}

function currency(value: string): string {
  const upper = value.toUpperCase();
  if (!CURRENCIES.has(upper)) throw invalidSite({ field: 'currency', expected: 'an ISO 4217 code such as EUR' });
  return upper;
}

function address(value: SiteAddress): SiteAddress {
  const country = value.country.toUpperCase();
  if (!/^[A-Z]{3}$/.test(country))
    throw invalidSite({ field: 'address.country', expected: 'three letters (ISO 3166)' });
  return {
    street: text(value.street, 'address.street', 200),
    city: text(value.city, 'address.city', 100),
    postalCode: value.postalCode === null ? null : text(value.postalCode, 'address.postalCode', 20),
    country,
  };
}

function degrees(value: string, field: string, max: number): string {
  if (!DEGREES.test(value) || Math.abs(Number(value)) > max) {
    throw invalidSite({ field: `coordinates.${field}`, expected: `decimal degrees from -${max} to ${max}` });
  }
  return value;
}

function openingHours(value: SiteInput['openingHours']): SiteInput['openingHours'] {
  if (value !== null && JSON.stringify(value).length > MAX_OPENING_HOURS_LENGTH) {
    throw invalidSite({ field: 'openingHours', expected: `at most ${MAX_OPENING_HOURS_LENGTH} characters of JSON` });
  }
  return value;
}

function fundsFallback(value: SiteInput['fundsFallback']): SiteInput['fundsFallback'] {
  if (value !== 'allow' && value !== 'refuse')
    throw invalidSite({ field: 'fundsFallback', expected: 'allow or refuse' });
  return value;
}

function offlinePolicy(value: OfflinePolicy): OfflinePolicy {
  const rule = (field: keyof OfflinePolicy): boolean | null => {
    const told = value[field] ?? null;
    if (told !== null && typeof told !== 'boolean') {
      throw invalidSite({ field: `offlinePolicy.${field}`, expected: 'true, false or null' });
    }
    return told;
  };
  return {
    localAuthorizeOffline: rule('localAuthorizeOffline'),
    localPreAuthorize: rule('localPreAuthorize'),
    allowOfflineTxForUnknownId: rule('allowOfflineTxForUnknownId'),
    stopOnInvalidId: rule('stopOnInvalidId'),
  };
}
