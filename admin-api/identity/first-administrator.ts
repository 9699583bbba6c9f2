import { randomBytes } from 'node:crypto';
import { defineError } from '@voltpile/kernel/errors';
import type { Knex } from 'knex';
import type { AuditLog } from './audit-log.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Users } from './users.ts';

export const DEFAULT_ADMINISTRATOR_EMAIL = 'admin@voltpile.local';

/** Shorter than what the API asks for: an operator who sets it in the environment may be trying the system out. */
export const MIN_FIRST_PASSWORD_LENGTH = 8;

export const badFirstAdministrator = defineError(
  'identity.bad_first_administrator',
  'InvalidArgument',
  'The first administrator cannot be made: {problem}.',
);

/** Any number that nobody else locks: two servers that start on an empty database make one administrator. */
const FIRST_ADMINISTRATOR_LOCK = 7_305_901_011;

export interface FirstAdministratorOptions {
  readonly email?: string | undefined;
  readonly password?: string | undefined;
}

export type FirstAdministratorOutcome =
  /** `password` is the one that was made up and must be shown now; null when it was given. */
  | { readonly kind: 'created'; readonly email: string; readonly password: string | null }
  /** There were users. `ignoredPassword`: one was given for an existing user, and it is not that user's. */
  | { readonly kind: 'exists'; readonly ignoredPassword: boolean };

/**
 * Makes the first administrator when there is no user at all. An existing user is never changed.
 *
 * @throws InvalidArgument `identity.bad_first_administrator`
 */
export async function ensureFirstAdministrator(
  parts: { readonly knex: Knex; readonly users: Users; readonly hasher: PasswordHasher; readonly audit: AuditLog },
  options: FirstAdministratorOptions,
): Promise<FirstAdministratorOutcome> {
  const email = options.email ?? DEFAULT_ADMINISTRATOR_EMAIL;
  const problem = problemWith(email, options.password);
  if (problem !== undefined) throw badFirstAdministrator({ problem });
  const created = await parts.knex.transaction(async (transaction) => {
    await transaction.raw('select pg_advisory_xact_lock(?)', [FIRST_ADMINISTRATOR_LOCK]);
    if ((await transaction.withSchema('identity').first('id').from('users')) !== undefined) return undefined;
    const password = options.password ?? randomBytes(15).toString('base64url');
    const user = await parts.users.create(
      { email, password, role: 'administrator', scope: { kind: 'everything' } },
      transaction,
    );
    await parts.audit.append(
      { userId: null, email: null },
      { action: 'user.create', objectType: 'user', objectId: user.id, after: user },
      null,
      'done',
      transaction,
    );
    return { kind: 'created', email, password: options.password === undefined ? password : null } as const;
  });
  if (created !== undefined) return created;
  if (options.password === undefined) return { kind: 'exists', ignoredPassword: false };
  const user = await parts.users.findByEmail(email);
  const same = user !== undefined && (await parts.hasher.verify(user.passwordHash, options.password));
  return { kind: 'exists', ignoredPassword: !same };
}

function problemWith(email: string, password: string | undefined): string | undefined {
  if (email.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(email)) return 'the email address is not one';
  if (password !== undefined && password.length < MIN_FIRST_PASSWORD_LENGTH) {
    return `the password is shorter than ${MIN_FIRST_PASSWORD_LENGTH} characters`;
  }
  return undefined;
}
