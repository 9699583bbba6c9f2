import { createHash } from 'node:crypto';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { storableText } from '@voltpile/platform/database/storable-text';
import { accountCode } from './account-code.ts';
import type { NewEntry, Posting } from './entry.ts';

export const badEntry = defineError('ledger.bad_entry', 'InvalidArgument', 'The entry cannot be written: {problem}.');

export const MAX_KEY_LENGTH = 500;
const MAX_DESCRIPTION_LENGTH = 500;
const MAX_POSTINGS = 100;
/** Of one posting: some ninety thousand of these fit into a balance. */
const MAX_MINOR = 10n ** 14n;

/** An entry that may be written, with what is stored of it beside. */
export interface CheckedEntry extends NewEntry {
  readonly postings: readonly (Posting & { readonly code: string })[];
  /** SHA-256 of the content. */
  readonly contentHash: Buffer;
}

/**
 * Checks what does not need the books. The hash is over everything but `at`: who repeats an entry may come later, and means the same.
 *
 * @returns its postings in the order of their accounts' names
 * @throws InvalidArgument `ledger.bad_entry`
 */
export function checkedEntry(entry: NewEntry): CheckedEntry {
  const { organizationId, currency, kind, idempotencyKey, reference, postings } = entry;
  const description = storableText(entry.description.slice(0, MAX_DESCRIPTION_LENGTH)).trim();
  const named = postings
    .map((posting) => ({ ...posting, code: accountCode(posting.account) }))
    .sort((one, other) => (one.code < other.code ? -1 : 1));
  const problem = problemWith();
  if (problem !== undefined) throw badEntry({ problem });
  const content = JSON.stringify([
    currency,
    kind,
    reference.type,
    reference.id.toLowerCase(),
    description,
    named.map(({ code, debitMinor }) => [code, String(debitMinor)]),
  ]);
  return { ...entry, description, postings: named, contentHash: createHash('sha256').update(content).digest() };

  function problemWith(): string | undefined {
    if (!isUuid(organizationId)) return 'its organisation is none';
    if (!isUuid(reference.id)) return 'what it is about is no id';
    if (!/^[A-Z]{3}$/.test(currency)) return 'its currency is none';
    if (
      idempotencyKey === '' ||
      idempotencyKey.length > MAX_KEY_LENGTH ||
      storableText(idempotencyKey) !== idempotencyKey
    )
      return `its key must be text of 1 to ${MAX_KEY_LENGTH} characters`;
    if (description === '') return 'it needs a description';
    if (named.length < 2 || named.length > MAX_POSTINGS) return `it must have 2 to ${MAX_POSTINGS} postings`;
    if (new Set(named.map(({ code }) => code)).size < named.length) return 'an account has two postings';
    if (named.some(({ debitMinor }) => debitMinor === 0n)) return 'a posting comes to nothing';
    if (named.some(({ debitMinor }) => debitMinor > MAX_MINOR || debitMinor < -MAX_MINOR))
      return 'a posting is too large';
    if (named.some(({ account }) => isUnnamed(account))) return 'an account is none';
    const sum = named.reduce((total, { debitMinor }) => total + debitMinor, 0n);
    return sum === 0n ? undefined : `its postings come to ${sum}, not to nothing`;
  }
}

function isUnnamed(account: Posting['account']): boolean {
  if (account.kind === 'provider') return !/^[\x21-\x7e]{1,50}$/.test(account.provider);
  return 'accountId' in account && account.accountId !== null && !isUuid(account.accountId);
}
