import { sqlCheck } from '../ledger/prove.ts';

/** What is held by the books is what is held for charges. */
export const holdsCheck = sqlCheck(
  'holds-as-posted',
  `select format('%s minor units of %s are held for charges of account %s, and %s by the ledger', coalesce(h.total, 0),
     coalesce(h.currency, l.currency), coalesce(h.account_id, l.account_id), coalesce(l.total, 0)) as problem
   from (
     select account_id, currency, sum(amount_minor) as total from billing.holds where state = 'open' group by account_id, currency
   ) h full join (
     select a.account_id, a.currency, -b.balance_minor as total
     from billing.ledger_accounts a join billing.ledger_balances b on b.ledger_account_id = a.id where a.kind = 'hold'
   ) l on l.account_id = h.account_id and l.currency = h.currency
   where coalesce(h.total, 0) <> coalesce(l.total, 0)`,
);
