import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type {
  OrganizationView,
  SitesPort,
  SiteView,
  StationsPort,
  StationView,
} from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

const organizationNotFound = defineError('organization.not_found', 'NotFound', 'There is no such organisation.');
const siteNotFound = defineError('site.not_found', 'NotFound', 'There is no site {siteId}.');
const stationNotFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');

interface Place {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
}

/** Organisations, sites and stations of the stations' domain, as far as billing asks for them. Two organisations with a site each. */
export class FakePlaces {
  readonly organizationId = uuidv7();
  readonly siteId = uuidv7();
  readonly otherOrganizationId = uuidv7();
  readonly otherSiteId = uuidv7();
  readonly #sites = new Map<Uuid, Uuid>([
    [this.siteId, this.organizationId],
    [this.otherSiteId, this.otherOrganizationId],
  ]);
  readonly #currencies = new Map<Uuid, string>();
  readonly #stations = new Map<string, Place>();

  /** Of the organisation. In euros, as all of them unless told otherwise. */
  addSite(): Uuid {
    const id = uuidv7();
    this.#sites.set(id, this.organizationId);
    return id;
  }

  setCurrency(siteId: Uuid, currency: string): void {
    this.#currencies.set(siteId, currency);
  }

  #siteOf(id: Uuid, organizationId: Uuid): SiteView {
    const currency = this.#currencies.get(id) ?? 'EUR';
    return { id, organizationId, name: `Site in ${currency}`, currency } as SiteView;
  }

  addStation(id: string, siteId: Uuid = this.siteId): void {
    this.#stations.set(id, { organizationId: this.#sites.get(siteId) as Uuid, siteId });
  }

  readonly sites = {
    listOrganizations: async (scope: AccessScope) => ({
      items: [this.organizationId, this.otherOrganizationId]
        .filter((id) => sees(scope, { organizationId: id, siteId: '' }))
        .map((id) => ({ id }) as OrganizationView),
      nextCursor: null,
    }),
    getOrganization: async (scope: AccessScope, id: Uuid) => {
      if (![...this.#sites.values()].includes(id) || !sees(scope, { organizationId: id, siteId: '' })) {
        throw organizationNotFound();
      }
      return { id } as OrganizationView;
    },
    getSite: async (scope: AccessScope, id: Uuid) => {
      const organizationId = this.#sites.get(id);
      if (organizationId === undefined || !sees(scope, { organizationId, siteId: id })) {
        throw siteNotFound({ siteId: id });
      }
      return this.#siteOf(id, organizationId);
    },
    listSites: async (scope: AccessScope, { organizationId }: { organizationId?: Uuid }) => ({
      items: [...this.#sites]
        .filter(([siteId, of]) => of === organizationId && sees(scope, { organizationId: of, siteId }))
        .map(([siteId, of]) => this.#siteOf(siteId, of)),
      nextCursor: null,
    }),
  } as unknown as SitesPort;

  readonly stations = {
    get: async (scope: AccessScope, id: string) => {
      const place = this.#stations.get(id);
      if (place === undefined || !sees(scope, place)) throw stationNotFound({ stationId: id });
      return { id, ...place } as StationView;
    },
  } as unknown as StationsPort;
}

function sees(scope: AccessScope, { organizationId, siteId }: Place): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'organizations':
      return scope.organizationIds.includes(organizationId);
    case 'sites':
      return scope.siteIds.includes(siteId);
  }
}
