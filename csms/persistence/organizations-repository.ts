import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { OrganizationInput, OrganizationView } from '../contract/operator-ports.ts';
import { query } from './query.ts';
import { type Sql, sql } from './sql.ts';
import { isoOf } from './timestamps.ts';

interface OrganizationRow {
  readonly id: Uuid;
  readonly name: string;
  readonly country_code: string | null;
  readonly party_id: string | null;
  readonly operator_id: string | null;
  readonly master_pass_group_id: string | null;
  readonly created_at: Date;
}

const COLUMNS = 'o.id, o.name, o.country_code, o.party_id, o.operator_id, o.master_pass_group_id, o.created_at';

/** Who may see single sites sees the organisations that own them. */
function visible(scope: AccessScope): Sql {
  switch (scope.kind) {
    case 'everything':
      return sql('true');
    case 'organizations':
      return sql('o.id = any(?::uuid[])', [...scope.organizationIds]);
    case 'sites':
      return sql('exists (select from csms.sites s where s.organization_id = o.id and s.id = any(?::uuid[]))', [
        ...scope.siteIds,
      ]);
  }
}

/** Organisations in the order of their making, after the given id. */
export async function listOrganizations(
  db: Knex,
  scope: AccessScope,
  after: Uuid | null,
  count: number,
): Promise<OrganizationView[]> {
  const condition = visible(scope);
  const rows = await query<OrganizationRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.organizations o
       where ${condition.text} and (?::uuid is null or o.id > ?::uuid) order by o.id limit ?`,
      ...condition.values,
      after,
      after,
      count,
    ),
  );
  return rows.map(fromRow);
}

export async function findOrganization(db: Knex, scope: AccessScope, id: Uuid): Promise<OrganizationView | undefined> {
  const condition = visible(scope);
  const [row] = await query<OrganizationRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.organizations o where o.id = ?::uuid and ${condition.text}`,
      id,
      ...condition.values,
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

export async function insertOrganization(db: Knex, id: Uuid, input: OrganizationInput): Promise<OrganizationView> {
  const [row] = await query<OrganizationRow>(
    db,
    sql(
      `insert into csms.organizations as o (id, name, country_code, party_id, operator_id, master_pass_group_id)
       values (?::uuid, ?, ?, ?, ?, ?) returning ${COLUMNS}`,
      id,
      input.name,
      input.countryCode,
      input.partyId,
      input.operatorId,
      input.masterPassGroupId ?? null,
    ),
  );
  return fromRow(row as OrganizationRow);
}

/** Writes all of an organisation's facts. */
export async function updateOrganization(db: Knex, view: Omit<OrganizationView, 'createdAt'>): Promise<void> {
  await query(
    db,
    sql(
      `update csms.organizations set name = ?, country_code = ?, party_id = ?, operator_id = ?, master_pass_group_id = ?
       where id = ?::uuid`,
      view.name,
      view.countryCode,
      view.partyId,
      view.operatorId,
      view.masterPassGroupId,
      view.id,
    ),
  );
}

function fromRow(row: OrganizationRow): OrganizationView {
  return {
    id: row.id,
    name: row.name,
    countryCode: row.country_code,
    partyId: row.party_id,
    operatorId: row.operator_id,
    masterPassGroupId: row.master_pass_group_id,
    createdAt: isoOf(row.created_at),
  };
}
