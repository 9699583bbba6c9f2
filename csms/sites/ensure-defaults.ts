import { uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import { insertOrganization, listOrganizations } from '../persistence/organizations-repository.ts';
import { query } from '../persistence/query.ts';
import { insertSite, listSites } from '../persistence/sites-repository.ts';
import { sql } from '../persistence/sql.ts';
import { checkedSite, SITE_DEFAULTS } from './site-rules.ts';

/** Any number, the same in every process: two first starts at once make one organisation. */
const FIRST_START_LOCK = 7_305_901_002;

/**
 * Makes the default organisation and its site after the first start, so that a station has a place to belong to. Does nothing when there
 * are some.
 *
 * @param timeZone IANA zone of the site; by default this machine's
 */
export async function ensureDefaults(
  knex: Knex,
  timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone,
): Promise<void> {
  await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      await query(trx, sql('select pg_advisory_xact_lock(?)', FIRST_START_LOCK));
      const [known] = await listOrganizations(trx, EVERYTHING, null, 1);
      const organization =
        known ??
        (await insertOrganization(trx, uuidv7(), {
          name: 'Default organisation',
          countryCode: null,
          partyId: null,
          operatorId: null,
        }));
      if ((await listSites(trx, EVERYTHING, {}, null, 1)).length > 0) return;
      const facts = checkedSite({ ...SITE_DEFAULTS, name: 'Default site', timeZone });
      await insertSite(trx, uuidv7(), { ...facts, organizationId: organization.id });
    }),
  );
}
