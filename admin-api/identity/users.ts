import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { fromScopeColumns, type ScopeColumns, toScopeColumns } from './access-scope.ts';
import { decodeCursor, encodeCursor } from './list-cursor.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { RoleName } from './roles.ts';
import type { Sessions } from './sessions.ts';

export const userNotFound = defineError('user.not_found', 'NotFound', 'There is no user {id}.');
export const userExists = defineError('user.exists', 'Conflict', 'There is a user with this email address already.');
export const lastAdministrator = defineError(
  'user.last_administrator',
  'FailedPrecondition',
  'This is the last enabled administrator with access to everything. Make another one first.',
);

/** Shortest password of a user who is made or changed through the API. */
export const MIN_PASSWORD_LENGTH = 12;

/** What may be shown of a user. */
export interface UserView {
  readonly id: Uuid;
  readonly email: string;
  readonly role: RoleName;
  readonly scope: AccessScope;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

export interface UserInput {
  readonly email: string;
  readonly password: string;
  readonly role: RoleName;
  readonly scope: AccessScope;
}

export interface UserChange {
  readonly role?: RoleName | undefined;
  readonly scope?: AccessScope | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
}

interface UserRow extends ScopeColumns {
  id: Uuid;
  email: string;
  password_hash: string;
  role: RoleName;
  disabled: boolean;
  created_at: Date;
  last_login_at: Date | null;
}

/** SQLSTATE unique_violation */
const UNIQUE_VIOLATION = '23505';

/** People who may use the API. */
export class Users {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #hasher: PasswordHasher;
  readonly #sessions: Sessions;

  constructor(knex: Knex, clock: Clock, hasher: PasswordHasher, sessions: Sessions) {
    this.#knex = knex;
    this.#clock = clock;
    this.#hasher = hasher;
    this.#sessions = sessions;
  }

  /** Oldest first. */
  async list(
    filter: { readonly role?: RoleName | undefined; readonly disabled?: boolean | undefined },
    page: PageRequest,
  ): Promise<Page<UserView>> {
    const query = this.#knex
      .withSchema('identity')
      .select<UserRow[]>('*')
      .from('users')
      .orderBy('id')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query.where('id', '>', decodeCursor(page.cursor));
    if (filter.role !== undefined) query.where('role', filter.role);
    if (filter.disabled !== undefined) query.where('disabled', filter.disabled);
    const rows = await query;
    const items = rows.slice(0, page.limit).map(fromRow);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > page.limit && last !== undefined ? encodeCursor(last.id) : null };
  }

  /** @throws NotFound `user.not_found` */
  async get(id: Uuid): Promise<UserView> {
    const row = await this.#knex.withSchema('identity').first<UserRow | undefined>('*').from('users').where({ id });
    if (row === undefined) throw userNotFound({ id });
    return fromRow(row);
  }

  /** Email addresses are told apart without regard to case. Undefined when there is no such user. */
  async findByEmail(email: string): Promise<(UserView & { readonly passwordHash: string }) | undefined> {
    const row = await this.#knex
      .withSchema('identity')
      .first<UserRow | undefined>('*')
      .from('users')
      .whereRaw('lower(email) = lower(?)', [email]);
    return row === undefined ? undefined : { ...fromRow(row), passwordHash: row.password_hash };
  }

  /** @throws Conflict `user.exists` */
  async create(input: UserInput, transaction: Knex = this.#knex): Promise<UserView> {
    const now = this.#clock.now();
    const row: UserRow = {
      id: uuidv7(now),
      email: input.email,
      password_hash: await this.#hasher.hash(input.password),
      role: input.role,
      ...toScopeColumns(input.scope),
      disabled: false,
      created_at: new Date(now),
      last_login_at: null,
    };
    try {
      await transaction.withSchema('identity').table('users').insert(row);
    } catch (error) {
      if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) throw userExists();
      throw error;
    }
    return fromRow(row);
  }

  /**
   * Changes a user. A new password or a disabled user ends all of the user's sessions at once; a new role or scope counts from the
   * user's next request.
   *
   * @throws NotFound `user.not_found`; FailedPrecondition `user.last_administrator`
   */
  async update(id: Uuid, change: UserChange): Promise<{ readonly before: UserView; readonly after: UserView }> {
    const passwordHash = change.password === undefined ? undefined : await this.#hasher.hash(change.password);
    return this.#knex.transaction(async (transaction) => {
      // All who may be the last administrator are locked in one order, so that two of them cannot disable each other.
      const rows = await transaction
        .withSchema('identity')
        .select<UserRow[]>('*')
        .from('users')
        .where({ id })
        .orWhere({ role: 'administrator', disabled: false, scope_kind: 'everything' })
        .orderBy('id')
        .forUpdate();
      const row = rows.find((each) => each.id === id);
      if (row === undefined) throw userNotFound({ id });
      const changed: UserRow = {
        ...row,
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.scope === undefined ? {} : toScopeColumns(change.scope)),
        ...(change.disabled === undefined ? {} : { disabled: change.disabled }),
        ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
      };
      const administratorRemains = rows.some((each) => isFullAdministrator(each.id === id ? changed : each));
      if (isFullAdministrator(row) && !administratorRemains) throw lastAdministrator();
      const { role, scope_kind, scope_ids, disabled, password_hash } = changed;
      await transaction
        .withSchema('identity')
        .table('users')
        .where({ id })
        .update({ role, scope_kind, scope_ids, disabled, password_hash });
      if (changed.disabled) await this.#sessions.revokeAllOf(id, 'user-disabled', transaction);
      else if (passwordHash !== undefined) await this.#sessions.revokeAllOf(id, 'password-changed', transaction);
      return { before: fromRow(row), after: fromRow(changed) };
    });
  }
}

function isFullAdministrator(row: UserRow): boolean {
  return row.role === 'administrator' && !row.disabled && row.scope_kind === 'everything';
}

function fromRow(row: UserRow): UserView {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    scope: fromScopeColumns(row),
    disabled: row.disabled,
    createdAt: row.created_at.toISOString(),
    lastLoginAt: row.last_login_at?.toISOString() ?? null,
  };
}
