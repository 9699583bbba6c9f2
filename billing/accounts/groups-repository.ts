import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccountGroupView } from '../contract/accounts.ts';
import { ofOrganizations } from '../persistence/of-organizations.ts';

interface GroupRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly name: string;
  readonly created_at: Date;
}

const UNIQUE_VIOLATION = '23505';

const groups = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('account_groups');

/** @returns false when the organisation has a group of that name */
export async function insertGroup(db: Knex, view: AccountGroupView): Promise<boolean> {
  const made = await groups(db)
    .insert({ id: view.id, organization_id: view.organizationId, name: view.name, created_at: view.createdAt })
    .onConflict(['organization_id', 'name'])
    .ignore()
    .returning('id');
  return made.length > 0;
}

/** @returns false when the organisation has another group of that name */
export async function renameGroup(db: Knex, { id, name }: AccountGroupView): Promise<boolean> {
  try {
    await groups(db).where({ id }).update({ name });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

/** Newest first. */
export async function listGroups(
  db: Knex,
  scope: AccessScope,
  organizationId: Uuid | undefined,
  after: Uuid | null,
  count: number,
): Promise<AccountGroupView[]> {
  const query = groups(db).modify(ofOrganizations(scope)).orderBy('id', 'desc').limit(count);
  if (organizationId !== undefined) query.where('organization_id', organizationId);
  if (after !== null) query.where('id', '<', after);
  const rows: readonly GroupRow[] = await query;
  return rows.map(viewOf);
}

export async function findGroup(db: Knex, scope: AccessScope, id: Uuid): Promise<AccountGroupView | undefined> {
  const row: GroupRow | undefined = await groups(db).where({ id }).modify(ofOrganizations(scope)).first();
  return row === undefined ? undefined : viewOf(row);
}

function viewOf(row: GroupRow): AccountGroupView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    createdAt: row.created_at.toISOString(),
  };
}
