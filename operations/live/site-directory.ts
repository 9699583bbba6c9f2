import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { SitesPort, SiteView } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';

const FRESH_MS = 60_000;
const PAGE = 500;

/** In which zone sites are: asked for all of them together, and remembered for a minute. */
export class SiteDirectory {
  readonly #sites: Pick<SitesPort, 'listSites'>;
  readonly #clock: Clock;
  #known: ReadonlyMap<Uuid, SiteView> = new Map();
  #asking: Promise<ReadonlyMap<Uuid, SiteView>> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(sites: Pick<SitesPort, 'listSites'>, clock: Clock) {
    this.#sites = sites;
    this.#clock = clock;
  }

  async all(): Promise<ReadonlyMap<Uuid, SiteView>> {
    if (Math.abs(this.#clock.now() - this.#askedAt) < FRESH_MS) return this.#known;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<ReadonlyMap<Uuid, SiteView>> {
    const found = new Map<Uuid, SiteView>();
    let cursor: string | undefined;
    do {
      const page = await this.#sites.listSites(
        EVERYTHING,
        {},
        { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
      );
      for (const site of page.items) found.set(site.id, site);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    this.#known = found;
    this.#askedAt = this.#clock.now();
    return found;
  }
}
