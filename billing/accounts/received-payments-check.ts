import { keysetCheck } from '../ledger/prove.ts';

/** Every received payment is in the books once, as it says, and once the other way round where it was taken back; and nothing else is there. */
export const receivedPaymentsCheck = keysetCheck('received-payments-as-posted', [
  {
    table: 'billing.received_payments',
    key: 'id',
    query: `select format('received payment %s comes to %s minor units; the books have %s of it in %s entries, and %s taken back in %s',
        id, amount_minor, paid, payments, reversed, reversals) as problem
      from (
        select r.id, r.amount_minor, (r.reversal_entry_id is not null) as is_reversed,
          count(*) filter (where e.kind = 'payment' and e.id = r.entry_id) as payments,
          count(*) filter (where e.kind = 'payment-reversal' and e.id = r.reversal_entry_id) as reversals,
          count(e.id) as entries,
          coalesce(sum(-p.debit_minor) filter (where e.kind = 'payment'), 0) as paid,
          coalesce(sum(p.debit_minor) filter (where e.kind = 'payment-reversal'), 0) as reversed
        from billing.received_payments r
          left join billing.ledger_entries e on e.reference_type = 'received-payment' and e.reference_id = r.id
            and e.organization_id = r.organization_id and e.currency = r.currency
          left join (billing.ledger_postings p join billing.ledger_accounts a on a.id = p.ledger_account_id and a.kind = 'receivable')
            on p.entry_id = e.id and a.account_id = r.account_id
        where r.id > ?::uuid and r.id <= ?::uuid
        group by r.id
      ) posted
      where payments <> 1 or reversals <> is_reversed::int or entries <> 1 + is_reversed::int or paid <> amount_minor
        or reversed <> case when is_reversed then amount_minor else 0 end`,
  },
  {
    table: 'billing.ledger_entries',
    key: 'id',
    query: `select format('entry %s is for the received payment %s, of which there is none', e.id, e.reference_id) as problem
      from billing.ledger_entries e
      where e.id > ?::uuid and e.id <= ?::uuid and (e.kind in ('payment', 'payment-reversal') or e.reference_type = 'received-payment')
        and not exists (select from billing.received_payments r where e.reference_type = 'received-payment' and r.id = e.reference_id)`,
  },
]);
