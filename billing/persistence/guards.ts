/**
 * What keeps in the database itself what was written: triggers that refuse changes, also to the owner of the tables, and an entry that does not come to
 * nothing; and those that write what a row said when it was inserted, so that changes are found. A migration that makes, changes or drops one changes this list, which a test compares with the database; the daily proof finds
 * whatever became of them since.
 */
export interface Guard {
  /** In the schema `billing`. */
  readonly table: string;
  readonly trigger: string;
  /** In the words of `pg_get_triggerdef`. */
  readonly definition: string;
}

/** What the triggers call. */
export interface GuardFunction {
  readonly name: string;
  /** SHA-256 of its source, in hex. */
  readonly digest: string;
}

const guard = (
  table: string,
  trigger: string,
  { kind, when, each }: { readonly kind: string; readonly when: string; readonly each: string },
  call: string,
): Guard => ({
  table,
  trigger,
  definition: `CREATE ${kind} ${trigger} ${when} ON billing.${table} ${each} EXECUTE FUNCTION billing.${call}()`,
});

const ROWS = { kind: 'TRIGGER', when: 'BEFORE DELETE OR UPDATE', each: 'FOR EACH ROW' };
const WHOLE = { kind: 'TRIGGER', when: 'BEFORE TRUNCATE', each: 'FOR EACH STATEMENT' };
const ON_INSERT = { kind: 'TRIGGER', when: 'BEFORE INSERT', each: 'FOR EACH ROW' };
const AT_COMMIT = {
  kind: 'CONSTRAINT TRIGGER',
  when: 'AFTER INSERT',
  each: 'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
};

/** By table and name. */
export const GUARDS: readonly Guard[] = [
  guard('cdr_transactions', 'cdr_transactions_kept', ROWS, 'refuse_change'),
  guard('cdr_transactions', 'cdr_transactions_kept_whole', WHOLE, 'refuse_change'),
  guard('cdrs', 'cdrs_digested', ON_INSERT, 'digest_cdr'),
  guard('cdrs', 'cdrs_kept', ROWS, 'refuse_change'),
  guard('cdrs', 'cdrs_kept_whole', WHOLE, 'refuse_change'),
  guard('earlier_digests', 'earlier_digests_kept', ROWS, 'refuse_change'),
  guard('earlier_digests', 'earlier_digests_kept_whole', WHOLE, 'refuse_change'),
  guard('invoice_cdrs', 'keep', ROWS, 'keep_invoices'),
  guard('invoice_cdrs', 'keep_all', WHOLE, 'keep_invoices'),
  guard('invoices', 'invoices_digested', ON_INSERT, 'digest_invoice'),
  guard('invoices', 'keep', ROWS, 'keep_invoices'),
  guard('invoices', 'keep_all', WHOLE, 'keep_invoices'),
  guard('ledger_accounts', 'ledger_accounts_kept', ROWS, 'refuse_ledger_change'),
  guard('ledger_accounts', 'ledger_accounts_kept_whole', WHOLE, 'refuse_ledger_change'),
  guard('ledger_entries', 'ledger_entries_balanced', AT_COMMIT, 'check_ledger_entry'),
  guard('ledger_entries', 'ledger_entries_digested', ON_INSERT, 'digest_ledger_entry'),
  guard('ledger_entries', 'ledger_entries_kept', ROWS, 'refuse_ledger_change'),
  guard('ledger_entries', 'ledger_entries_kept_whole', WHOLE, 'refuse_ledger_change'),
  guard('ledger_postings', 'ledger_postings_balanced', AT_COMMIT, 'check_ledger_entry'),
  guard('ledger_postings', 'ledger_postings_kept', ROWS, 'refuse_ledger_change'),
  guard('ledger_postings', 'ledger_postings_kept_whole', WHOLE, 'refuse_ledger_change'),
  guard('received_payments', 'received_payments_kept', ROWS, 'keep_received_payment'),
  guard('received_payments', 'received_payments_kept_whole', WHOLE, 'keep_received_payment'),
  guard('settlement_decisions', 'settlement_decisions_kept', ROWS, 'refuse_change'),
  guard('settlement_decisions', 'settlement_decisions_kept_whole', WHOLE, 'refuse_change'),
  guard('tariff_assignments', 'assignments_are_not_changed', ROWS, 'refuse_assignment_change'),
  guard('tariff_assignments', 'assignments_are_not_truncated', WHOLE, 'refuse_assignment_change'),
  guard('tariff_versions', 'versions_are_not_changed', ROWS, 'refuse_version_change'),
  guard('tariff_versions', 'versions_are_not_truncated', WHOLE, 'refuse_version_change'),
];

/** By name. */
export const GUARD_FUNCTIONS: readonly GuardFunction[] = [
  { name: 'check_ledger_entry', digest: 'fd9d6a7b92bc3943220915a8639785a679c932d5a5066fdb1c487718da260509' },
  { name: 'digest_cdr', digest: 'fce8c5d936ad19088a966f94f5aaff9b9f455fed6ce788d84a66df7f9eece4b8' },
  { name: 'digest_invoice', digest: '38226709b8840daae995d232a9862ef1f34feeca3fa7f24648a6197e79103fbc' },
  { name: 'digest_ledger_entry', digest: '6d806608c452ae978cc34aca5689eff8fa94ebc5e72c3a50e302039352ae5aef' },
  { name: 'keep_invoices', digest: 'f6a6d519df5d303e692ddc132685766bee6e4cae4284988c18dce66857fa672e' },
  { name: 'keep_received_payment', digest: 'bc92a3f93e1119b337151b9acd6d4bff1095938e32969d4de3df07f6a37f9b13' },
  { name: 'refuse_assignment_change', digest: '4468324442f183aee26de74336aea37052f42fb9e0f88515b89594e65b3d71e2' },
  { name: 'refuse_change', digest: '4ee7426d89ba72aa60912363a113cb461dd5902f6618fc45df6ce52a63c0fedf' },
  { name: 'refuse_ledger_change', digest: '6dfab894d1ed685fd7a4f2cd0a80c94373da1106f91ab014da5eb93d89752361' },
  { name: 'refuse_version_change', digest: '77dc771091e1bd74784462a55b2fc9421b9539e8d2b80527a119d8805cbcd17d' },
];
