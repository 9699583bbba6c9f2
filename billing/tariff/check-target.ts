import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort, SiteView, StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { accountNotFound, groupNotFound } from '../accounts/accounts-service.ts';
import type { AccountsPort, AccountView } from '../contract/accounts.ts';
import type { TariffDriver, TariffPlace } from '../contract/tariff-assignments.ts';
import type { TargetParts } from './assignment-target.ts';

export const otherOrganization = defineError(
  'tariff_assignment.other_organization',
  'InvalidArgument',
  'This place belongs to another organisation than the tariff.',
);
export const notAPartner = defineError(
  'tariff_assignment.not_a_partner',
  'InvalidArgument',
  'Account {accountId} is no partner.',
);

export const otherCurrency = defineError(
  'tariff_assignment.other_currency',
  'InvalidArgument',
  'The tariff is in {tariffCurrency}, and {of} is in {currency}.',
);
export const siteInOtherCurrency = defineError(
  'tariff_assignment.site_in_other_currency',
  'FailedPrecondition',
  'The tariff is in {tariffCurrency}, and site {siteName} is in {currency}: change the currency of the site, or first assign the same drivers a tariff in {currency} there.',
);

/** Who knows what assignments are for. */
export interface TargetSources {
  readonly sites: SitesPort;
  readonly stations: StationsPort;
  readonly accounts: Pick<AccountsPort, 'get' | 'getGroup'>;
}

export interface CheckedTarget {
  /** Under the names that it is kept by. */
  readonly target: TargetParts;
  /**
   * What is paid there, or by the account. null where the whole organisation is meant: its sites may have several, see
   * {@link checkSitesInOtherCurrencies}.
   */
  readonly currency: { readonly of: string; readonly currency: string } | null;
}

/**
 * Whether all of a target is of the organisation.
 *
 * An account is charged in the currency of its wallet, wherever the site is; groups have none, so they are charged in that of the place, as everybody.
 *
 * @throws NotFound `account.not_found`, `account_group.not_found`, `site.not_found`, `station.not_found`; InvalidArgument
 *   `tariff_assignment.not_a_partner`, `tariff_assignment.other_organization`
 */
export async function checkTarget(
  sources: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  { driver, place }: TargetParts,
): Promise<CheckedTarget> {
  const who = driver === null ? null : await checkDriver(sources, scope, organizationId, driver);
  const where = await checkPlace(sources, scope, organizationId, place);
  return {
    target: { driver: who?.driver ?? null, place: where.place },
    currency: who?.currency ?? where.currency,
  };
}

/** @throws InvalidArgument `tariff_assignment.other_currency` */
export function checkCurrency({ currency }: CheckedTarget, tariffCurrency: string): void {
  if (currency !== null && currency.currency !== tariffCurrency) throw otherCurrency({ tariffCurrency, ...currency });
}

const SITES_AT_ONCE = 500;

/**
 * What holds in a whole organisation holds at its sites with another currency, too, unless they have a tariff of their own for the same drivers.
 *
 * @param assigned which of these sites have one, in which currencies
 * @throws FailedPrecondition `tariff_assignment.site_in_other_currency`
 */
export async function checkSitesInOtherCurrencies(
  { sites }: Pick<TargetSources, 'sites'>,
  scope: AccessScope,
  organizationId: Uuid,
  tariffCurrency: string,
  assigned: (siteIds: readonly Uuid[]) => Promise<readonly { readonly siteId: Uuid; readonly currency: string }[]>,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await sites.listSites(scope, { organizationId }, { limit: SITES_AT_ONCE, cursor });
    cursor = page.nextCursor ?? undefined;
    const others = page.items.filter(({ currency }) => currency !== tariffCurrency);
    if (others.length === 0) continue;
    const own = await assigned(others.map(({ id }) => id));
    const hasOwn = (site: SiteView): boolean =>
      own.some(({ siteId, currency }) => siteId === site.id && currency === site.currency);
    const bare = others.find((site) => !hasOwn(site));
    if (bare !== undefined) {
      throw siteInOtherCurrency({ tariffCurrency, siteId: bare.id, siteName: bare.name, currency: bare.currency });
    }
  } while (cursor !== undefined);
}

/** Whoever sees several organisations is told no more of the others than whoever sees one: that there is no such account. */
async function checkDriver(
  { accounts }: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  driver: TariffDriver,
): Promise<{ readonly driver: TariffDriver; readonly currency: CheckedTarget['currency'] }> {
  switch (driver.kind) {
    case 'account': {
      const account = await accounts.get(scope, driver.accountId);
      if (account.organizationId !== organizationId) throw accountNotFound({ accountId: driver.accountId });
      return { driver: { ...driver, accountId: account.id }, currency: currencyOfAccount(account) };
    }
    case 'partner': {
      const account = await accounts.get(scope, driver.partnerId);
      if (account.organizationId !== organizationId) throw accountNotFound({ accountId: driver.partnerId });
      if (account.kind !== 'partner') throw notAPartner({ accountId: account.id });
      return { driver: { ...driver, partnerId: account.id }, currency: currencyOfAccount(account) };
    }
    case 'account-group': {
      const group = await accounts.getGroup(scope, driver.accountGroupId);
      if (group.organizationId !== organizationId) throw groupNotFound({ groupId: driver.accountGroupId });
      return { driver: { ...driver, accountGroupId: group.id }, currency: null };
    }
  }
}

async function checkPlace(
  { sites, stations }: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  place: TariffPlace,
): Promise<{ readonly place: TariffPlace; readonly currency: CheckedTarget['currency'] }> {
  switch (place.kind) {
    case 'organization':
      return { place, currency: null };
    case 'site': {
      const site = await sites.getSite(scope, place.siteId);
      if (site.organizationId !== organizationId) throw otherOrganization({ siteId: site.id });
      return { place: { kind: 'site', siteId: site.id }, currency: currencyOfSite(site) };
    }
    case 'station':
    case 'evse': {
      const station = await stations.get(scope, place.stationId);
      if (station.organizationId !== organizationId) throw otherOrganization({ stationId: station.id });
      const site = await sites.getSite(scope, station.siteId);
      return { place: { ...place, stationId: station.id }, currency: currencyOfSite(site) };
    }
  }
}

function currencyOfSite({ name, currency }: SiteView): CheckedTarget['currency'] {
  return { of: `site ${name}`, currency };
}

function currencyOfAccount({ id, currency }: AccountView): CheckedTarget['currency'] {
  return { of: `account ${id}`, currency };
}
