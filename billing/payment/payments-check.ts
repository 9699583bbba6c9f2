import { sqlCheck } from '../ledger/prove.ts';

/** Nothing was taken beyond what was asked for. */
export const askedForCheck = sqlCheck(
  'payments-as-asked-for',
  `select format('payment %s is captured over %s minor units of %s; asked for were %s', id, captured_minor, currency,
     greatest(requested_minor, coalesce(capture_minor, 0))) as problem
   from billing.payments where captured_minor > greatest(requested_minor, coalesce(capture_minor, 0))`,
);

/** What a provider holds for an organisation by the books is what its payments, refunds and fees come to. */
export const paymentsCheck = sqlCheck(
  'payments-as-posted',
  `select format('payments by %s of organisation %s come to %s minor units of %s, and to %s by the ledger', coalesce(p.provider, l.provider),
     coalesce(p.organization_id, l.organization_id), coalesce(p.total, 0), coalesce(p.currency, l.currency), coalesce(l.total, 0)) as problem
   from (
     select provider, organization_id, currency,
       sum(captured_minor - refunded_minor - case when fee_currency = currency then fee_minor else 0 end) as total
     from billing.payments group by provider, organization_id, currency
   ) p full join (
     select substr(a.code, length('provider:') + 1) as provider, e.organization_id, e.currency, sum(o.debit_minor) as total
     from billing.ledger_entries e
       join billing.ledger_postings o on o.entry_id = e.id
       join billing.ledger_accounts a on a.id = o.ledger_account_id and a.kind = 'provider'
     where e.reference_type = 'payment' group by a.code, e.organization_id, e.currency
   ) l on l.provider = p.provider and l.organization_id = p.organization_id and l.currency = p.currency
   where coalesce(p.total, 0) <> coalesce(l.total, 0)`,
);
