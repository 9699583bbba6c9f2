import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { accountNotFound, groupNotFound } from '../accounts/accounts-service.ts';
import type { AccountsPort } from '../contract/accounts.ts';
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

/** Who knows what assignments are for. */
export interface TargetSources {
  readonly sites: SitesPort;
  readonly stations: StationsPort;
  readonly accounts: Pick<AccountsPort, 'get' | 'getGroup'>;
}

/**
 * The target under the names that it is kept by, when all of it is of the organisation.
 *
 * @throws NotFound `account.not_found`, `account_group.not_found`, `site.not_found`, `station.not_found`; InvalidArgument
 *   `tariff_assignment.not_a_partner`, `tariff_assignment.other_organization`
 */
export async function checkTarget(
  sources: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  { driver, place }: TargetParts,
): Promise<TargetParts> {
  return {
    driver: driver === null ? null : await checkDriver(sources, scope, organizationId, driver),
    place: await checkPlace(sources, scope, organizationId, place),
  };
}

/** Whoever sees several organisations is told no more of the others than whoever sees one: that there is no such account. */
async function checkDriver(
  { accounts }: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  driver: TariffDriver,
): Promise<TariffDriver> {
  switch (driver.kind) {
    case 'account': {
      const account = await accounts.get(scope, driver.accountId);
      if (account.organizationId !== organizationId) throw accountNotFound({ accountId: driver.accountId });
      return { ...driver, accountId: account.id };
    }
    case 'partner': {
      const account = await accounts.get(scope, driver.partnerId);
      if (account.organizationId !== organizationId) throw accountNotFound({ accountId: driver.partnerId });
      if (account.kind !== 'partner') throw notAPartner({ accountId: account.id });
      return { ...driver, partnerId: account.id };
    }
    case 'account-group': {
      const group = await accounts.getGroup(scope, driver.accountGroupId);
      if (group.organizationId !== organizationId) throw groupNotFound({ groupId: driver.accountGroupId });
      return { ...driver, accountGroupId: group.id };
    }
  }
}

async function checkPlace(
  { sites, stations }: TargetSources,
  scope: AccessScope,
  organizationId: Uuid,
  place: TariffPlace,
): Promise<TariffPlace> {
  switch (place.kind) {
    case 'organization':
      return place;
    case 'site': {
      const site = await sites.getSite(scope, place.siteId);
      if (site.organizationId !== organizationId) throw otherOrganization({ siteId: site.id });
      return { kind: 'site', siteId: site.id };
    }
    case 'station':
    case 'evse': {
      const station = await stations.get(scope, place.stationId);
      if (station.organizationId !== organizationId) throw otherOrganization({ stationId: station.id });
      return { ...place, stationId: station.id };
    }
  }
}
