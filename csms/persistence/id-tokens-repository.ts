import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { IdTokenStatus, IdTokenView } from '../contract/operator-ports.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, likePattern, sql } from './sql.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

export interface IdTokenFacts {
  readonly type: string;
  readonly status: IdTokenStatus;
  readonly groupIdToken: string | null;
  readonly expiresAt: Instant | null;
  readonly concurrentTransactions: boolean;
  readonly accountRef: string | null;
}

export interface IdTokenRecord {
  readonly id: Uuid;
  readonly facts: IdTokenFacts;
  readonly view: IdTokenView;
}

interface IdTokenRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly display_value: string;
  readonly type: string;
  readonly status: IdTokenStatus;
  readonly group_id_token: string | null;
  readonly expires_at: Date | null;
  readonly concurrent_transactions: boolean;
  readonly account_ref: string | null;
  readonly created_at: Date;
}

const COLUMNS = `t.id, t.organization_id, t.display_value, t.type, t.status, t.group_id_token, t.expires_at,
  t.concurrent_transactions, t.account_ref, t.created_at`;
const SCOPE = { organization: 't.organization_id', site: null };

/** Tokens in the order of their making, after the given id. `search` and `groupIdToken` are folded. */
export async function listIdTokens(
  db: Knex,
  scope: AccessScope,
  filter: {
    readonly search?: string | undefined;
    readonly status?: IdTokenStatus | undefined;
    readonly groupIdToken?: string | undefined;
  },
  after: Uuid | null,
  count: number,
): Promise<IdTokenRecord[]> {
  const condition = allOf([
    scopeSql(scope, SCOPE),
    filter.search === undefined ? undefined : sql('t.value like ?', likePattern(filter.search)),
    filter.status === undefined ? undefined : sql('t.status = ?', filter.status),
    filter.groupIdToken === undefined ? undefined : sql('lower(t.group_id_token) = ?', filter.groupIdToken),
    after === null ? undefined : sql('t.id > ?::uuid', after),
  ]);
  const rows = await query<IdTokenRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.id_tokens t where ${condition.text} order by t.id limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

/** The token of that folded value; the oldest one when several organisations in the scope have it. */
export async function findIdToken(
  db: Knex,
  scope: AccessScope,
  value: string,
  options: { readonly lock?: boolean } = {},
): Promise<IdTokenRecord | undefined> {
  const condition = allOf([scopeSql(scope, SCOPE), sql('t.value = ?', value)]);
  const lock = options.lock === true ? ' for no key update of t' : '';
  const [row] = await query<IdTokenRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.id_tokens t where ${condition.text} order by t.id limit 1${lock}`,
      ...condition.values,
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

/** @returns undefined when the organisation has a token of that value */
export async function insertIdToken(
  db: Knex,
  token: {
    readonly id: Uuid;
    readonly organizationId: Uuid;
    readonly value: string;
    readonly displayValue: string;
    readonly facts: IdTokenFacts;
  },
): Promise<IdTokenRecord | undefined> {
  const [row] = await query<IdTokenRow>(
    db,
    sql(
      `insert into csms.id_tokens as t (id, organization_id, value, display_value, type, status, group_id_token, expires_at,
         concurrent_transactions, account_ref)
       values (?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?::timestamptz, ?, ?)
       on conflict (organization_id, value) do nothing returning ${COLUMNS}`,
      token.id,
      token.organizationId,
      token.value,
      token.displayValue,
      ...toColumns(token.facts),
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

export async function updateIdToken(db: Knex, id: Uuid, facts: IdTokenFacts): Promise<IdTokenRecord> {
  const [row] = await query<IdTokenRow>(
    db,
    sql(
      `update csms.id_tokens t set type = ?, status = ?, group_id_token = ?, expires_at = ?::timestamptz,
         concurrent_transactions = ?, account_ref = ? where t.id = ?::uuid returning ${COLUMNS}`,
      ...toColumns(facts),
      id,
    ),
  );
  return fromRow(row as IdTokenRow);
}

export async function deleteIdToken(db: Knex, id: Uuid): Promise<void> {
  await query(db, sql('delete from csms.id_tokens where id = ?::uuid', id));
}

/** Notes that the organisation's tokens are others than before; in the transaction that has changed them, as its last step. */
export async function countTokenChange(db: Knex, organizationId: Uuid): Promise<void> {
  await query(
    db,
    sql(
      `insert into csms.id_token_revisions as r (organization_id, revision) values (?::uuid, 1)
       on conflict (organization_id) do update set revision = r.revision + 1`,
      organizationId,
    ),
  );
}

function toColumns(facts: IdTokenFacts): unknown[] {
  return [
    facts.type,
    facts.status,
    facts.groupIdToken,
    timestamptz(facts.expiresAt),
    facts.concurrentTransactions,
    facts.accountRef,
  ];
}

function fromRow(row: IdTokenRow): IdTokenRecord {
  return {
    id: row.id,
    facts: {
      type: row.type,
      status: row.status,
      groupIdToken: row.group_id_token,
      expiresAt: row.expires_at === null ? null : (row.expires_at.getTime() as Instant),
      concurrentTransactions: row.concurrent_transactions,
      accountRef: row.account_ref,
    },
    view: {
      idToken: row.display_value,
      type: row.type,
      status: row.status,
      groupIdToken: row.group_id_token,
      expiresAt: isoOrNull(row.expires_at),
      concurrentTransactions: row.concurrent_transactions,
      accountRef: row.account_ref,
      organizationId: row.organization_id,
      createdAt: isoOf(row.created_at),
    },
  };
}
