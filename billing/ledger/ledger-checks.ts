import { CONTENT_HASH } from './content-hash.ts';
import { digestQuestion } from './digests-check.ts';
import { guardsCheck } from './guards-check.ts';
import { keysetCheck, type LedgerCheck, sqlCheck } from './prove.ts';

/** What must hold of the books whatever is in them. */
export const LEDGER_CHECKS: readonly LedgerCheck[] = [
  sqlCheck(
    'books-come-to-nothing',
    `select format('the postings of organisation %s in %s come to %s minor units', organization_id, currency, sum(debit_minor)) as problem
     from billing.ledger_postings group by organization_id, currency having sum(debit_minor) <> 0`,
  ),
  keysetCheck('entries-come-to-nothing', [
    {
      table: 'billing.ledger_entries',
      key: 'id',
      query: `select format('entry %s has %s postings of %s, and they come to %s minor units', e.id, count(p.entry_id), e.posting_count,
          coalesce(sum(p.debit_minor), 0)) as problem
        from billing.ledger_entries e left join billing.ledger_postings p on p.entry_id = e.id
        where e.id > ?::uuid and e.id <= ?::uuid
        group by e.id having count(p.entry_id) <> e.posting_count or coalesce(sum(p.debit_minor), 0) <> 0`,
    },
  ]),
  keysetCheck('entries-as-written', [
    digestQuestion('ledger_entries', `'entry ' || r.id`),
    {
      table: 'billing.ledger_entries',
      key: 'id',
      query: `select format('entry %s does not say what was posted, or to which accounts', e.id) as problem
        from billing.ledger_entries e
          left join billing.ledger_postings p on p.entry_id = e.id left join billing.ledger_accounts a on a.id = p.ledger_account_id
        where e.id > ?::uuid and e.id <= ?::uuid
        group by e.id having e.content_hash <> ${CONTENT_HASH}`,
    },
    {
      table: 'billing.ledger_entries',
      key: 'id',
      query: `select format('posting %s of account %s, of entry %s, does not go on from the one before', p.number, p.ledger_account_id, p.entry_id) as problem
        from billing.ledger_entries e join billing.ledger_postings p on p.entry_id = e.id
          left join billing.ledger_postings before on before.ledger_account_id = p.ledger_account_id and before.number = p.number - 1
        where e.id > ?::uuid and e.id <= ?::uuid
          and (p.balance_minor <> coalesce(before.balance_minor, 0) + p.debit_minor or p.number > 1 and before.number is null
            or (p.organization_id, p.currency) <> (e.organization_id, e.currency))`,
    },
  ]),
  sqlCheck(
    'balances-as-posted',
    `select format('the balance of %s (%s) of organisation %s is %s after %s postings; its postings come to %s and are %s, the last number %s',
       a.code, a.currency, a.organization_id, b.balance_minor, b.last_number, coalesce(p.total, 0), coalesce(p.count, 0),
       coalesce(p.last, 0)) as problem
     from billing.ledger_accounts a
     left join billing.ledger_balances b on b.ledger_account_id = a.id
     left join (
       select ledger_account_id, sum(debit_minor) as total, count(*) as count, max(number) as last
       from billing.ledger_postings group by ledger_account_id
     ) p on p.ledger_account_id = a.id
     where b.balance_minor is distinct from coalesce(p.total, 0) or b.last_number is distinct from coalesce(p.count, 0)
       or b.last_number is distinct from coalesce(p.last, 0)`,
  ),
  sqlCheck(
    'wallets-not-overdrawn',
    `select format('%s (%s) of organisation %s is overdrawn by %s minor units', a.code, a.currency, a.organization_id, b.balance_minor) as problem
     from billing.ledger_balances b join billing.ledger_accounts a on a.id = b.ledger_account_id
     where a.kind in ('wallet', 'hold') and b.balance_minor > 0`,
  ),
  guardsCheck,
];
