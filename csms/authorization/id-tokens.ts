import { type Instant, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { IdTokenInput, IdTokensPort } from '../contract/operator-ports.ts';
import {
  countTokenChange,
  deleteIdToken,
  findIdToken,
  type IdTokenFacts,
  type IdTokenRecord,
  insertIdToken,
  listIdTokens,
  updateIdToken,
} from '../persistence/id-tokens-repository.ts';
import { findOrganization, listOrganizations } from '../persistence/organizations-repository.ts';
import { isStorableInstant } from '../persistence/timestamps.ts';
import { organizationNotFound } from '../sites/sites-service.ts';
import { foldToken } from './evaluate-token.ts';

export const idTokenNotFound = defineError('id_token.not_found', 'NotFound', 'There is no id token {idToken}.');

export const idTokenExists = defineError('id_token.exists', 'Conflict', 'There is an id token {idToken} already.');

export const invalidIdToken = defineError(
  'id_token.invalid',
  'InvalidArgument',
  'The id token cannot be stored: {field} must be {expected}.',
);

const TOKENS: KeysetList = { name: 'id-tokens', isKey: isUuid };
const STATUSES: readonly string[] = ['Accepted', 'Blocked', 'Expired', 'Invalid'];
/** An RFID card, what nearly every station reads. */
const DEFAULT_TYPE = 'ISO14443';
/** Printable ASCII without blanks at the ends, which is all that stations of any dialect can send (OCPP 2.0.1: 36, 1.6: 20 characters). */
const VALUE = /^[!-~](?:[ -~]{0,62}[!-~])?$/;

const DEFAULTS: IdTokenFacts = {
  type: DEFAULT_TYPE,
  status: 'Accepted',
  groupIdToken: null,
  expiresAt: null,
  concurrentTransactions: false,
  accountRef: null,
};

/** Cards and other tokens, as operators keep them. A token is the same in capitals and in small letters. */
export function createIdTokensService(knex: Knex): IdTokensPort {
  const find = async (
    db: Knex,
    scope: AccessScope,
    idToken: string,
    options: { readonly lock?: boolean } = {},
  ): Promise<IdTokenRecord> => {
    const found = VALUE.test(idToken) ? await findIdToken(db, scope, foldToken(idToken), options) : undefined;
    if (found === undefined) throw idTokenNotFound({ idToken });
    return found;
  };

  const owner = async (scope: AccessScope, organizationId: string | undefined): Promise<string> => {
    // Tokens belong to an organisation as a whole; who may see single sites only can have none.
    const isWide = scope.kind !== 'sites';
    const found =
      organizationId === undefined
        ? (await listOrganizations(knex, scope, null, 1))[0]
        : isUuid(organizationId)
          ? await findOrganization(knex, scope, organizationId)
          : undefined;
    if (!isWide || found === undefined) throw organizationNotFound({ organizationId: organizationId ?? null });
    return found.id;
  };

  return {
    list: (scope, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(TOKENS, page);
        const search = filter.search === undefined ? undefined : foldToken(filter.search);
        const groupIdToken = filter.groupIdToken === undefined ? undefined : foldToken(filter.groupIdToken);
        if (search?.includes('\u0000') || groupIdToken?.includes('\u0000')) return { items: [], nextCursor: null };
        const rows = await listIdTokens(knex, scope, { ...filter, search, groupIdToken }, after, limit + 1);
        return makePage(
          TOKENS,
          rows,
          limit,
          ({ id }) => id,
          ({ view }) => view,
        );
      }),

    get: (scope, idToken) => withDatabaseErrors(async () => (await find(knex, scope, idToken)).view),

    create: (scope, input) =>
      withDatabaseErrors(async () => {
        const displayValue = checkedValue('idToken', input.idToken);
        const facts = changed(DEFAULTS, input);
        const organizationId = await owner(scope, input.organizationId);
        const value = foldToken(displayValue);
        return knex.transaction(async (trx) => {
          const made = await insertIdToken(trx, { id: uuidv7(), organizationId, value, displayValue, facts });
          if (made === undefined) throw idTokenExists({ idToken: displayValue });
          await countTokenChange(trx, organizationId);
          return made.view;
        });
      }),

    update: (scope, idToken, change) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const { id, facts } = await find(trx, scope, idToken, { lock: true });
          const { view } = await updateIdToken(trx, id, changed(facts, change));
          await countTokenChange(trx, view.organizationId);
          return view;
        }),
      ),

    remove: (scope, idToken) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const { id, view } = await find(trx, scope, idToken, { lock: true });
          await deleteIdToken(trx, id);
          await countTokenChange(trx, view.organizationId);
        }),
      ),
  };
}

/** The facts after a change; what the change does not name stays. */
function changed(before: IdTokenFacts, change: Omit<IdTokenInput, 'idToken' | 'organizationId'>): IdTokenFacts {
  const { type, status, groupIdToken, expiresAt, concurrentTransactions, accountRef } = change;
  if (type !== undefined && !/^[A-Za-z0-9_-]{1,20}$/.test(type)) {
    throw invalidIdToken({ field: 'type', expected: 'a name of up to 20 letters and digits such as ISO14443' });
  }
  if (status !== undefined && !STATUSES.includes(status)) {
    throw invalidIdToken({ field: 'status', expected: STATUSES.join(', ') });
  }
  if (typeof accountRef === 'string' && !/^[ -~]{1,100}$/.test(accountRef)) {
    throw invalidIdToken({ field: 'accountRef', expected: '1 to 100 printable characters' });
  }
  return {
    type: type ?? before.type,
    status: status ?? before.status,
    groupIdToken:
      typeof groupIdToken === 'string'
        ? checkedValue('groupIdToken', groupIdToken)
        : given(groupIdToken, before.groupIdToken),
    expiresAt: typeof expiresAt === 'string' ? checkedTime(expiresAt) : given(expiresAt, before.expiresAt),
    concurrentTransactions: concurrentTransactions ?? before.concurrentTransactions,
    accountRef: given(accountRef, before.accountRef),
  };
}

function given<T>(value: T | undefined, before: T): T {
  return value === undefined ? before : value;
}

function checkedValue(field: string, value: string): string {
  if (!VALUE.test(value)) {
    throw invalidIdToken({ field, expected: '1 to 64 printable characters of ASCII without blanks at the ends' });
  }
  return value;
}

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function checkedTime(text: string): Instant {
  const at = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || !isStorableInstant(instant(at))) {
    throw invalidIdToken({ field: 'expiresAt', expected: 'a time with its zone (RFC 3339)' });
  }
  return instant(at);
}
