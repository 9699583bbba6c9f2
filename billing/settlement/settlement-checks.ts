import { digestQuestion } from '../ledger/digests-check.ts';
import { keysetCheck, type LedgerCheck } from '../ledger/prove.ts';
import { minorOf } from '../money/stored-money.ts';

/** Whether a record counts: it charges something, and nobody has taken it back. */
const COUNTS = `c.kind = 'charge' and not exists (select from billing.cdrs k where k.credits_cdr_id = c.id)`;

// To unpack a record's content is most of the work, so questions about it take from it all they need at once, as a row.
const BY_RECORD = { table: 'billing.cdrs', key: 'id' };
const BY_CHARGE = { table: 'billing.cdr_transactions', key: 'transaction_id' };
const BY_ENTRY = { table: 'billing.ledger_entries', key: 'id' };

/**
 * What must hold between charges, their records and the books: each record was posted once and as it says, and each charge that is settled has one
 * record that counts. Settlement writes all of it in one transaction; this finds whatever was changed behind its back.
 */
export const SETTLEMENT_CHECKS: readonly LedgerCheck[] = [
  keysetCheck('cdrs-as-written', [digestQuestion('cdrs', `'record ' || r.id`)]),
  keysetCheck('every-cdr-posted-once', [
    {
      ...BY_RECORD,
      query: `select format('record %s comes to %s minor units, %s of them tax; in the books it has %s entries, with %s owed, %s of revenue and %s of tax',
          id, due, vat, entries, receivable, -revenue, -tax) as problem
        from (
          select c.id, c.incl_vat_minor as due, c.incl_vat_minor - coalesce(${minorOf(`nullif(c.content -> 'exclVat', 'null')`)}, c.incl_vat_minor) as vat,
            count(distinct e.id) as entries,
            coalesce(sum(p.debit_minor) filter (where a.kind = 'receivable' and a.account_id is not distinct from c.account_id), 0) as receivable,
            coalesce(sum(p.debit_minor) filter (where a.kind = 'revenue'), 0) as revenue,
            coalesce(sum(p.debit_minor) filter (where a.kind = 'vat'), 0) as tax
          from billing.cdrs c
            left join billing.ledger_entries e on e.reference_type = 'cdr' and e.reference_id = c.id and e.kind = c.kind
              and e.organization_id = c.organization_id and e.currency = c.currency
            left join billing.ledger_postings p on p.entry_id = e.id
            left join billing.ledger_accounts a on a.id = p.ledger_account_id
          where c.id > ?::uuid and c.id <= ?::uuid
          group by c.id
        ) posted
        where entries <> (due <> 0 or vat <> 0)::int or receivable <> due or revenue <> vat - due or tax <> -vat`,
    },
    {
      ...BY_ENTRY,
      query: `select format('entry %s is for the record %s, of which there is none that it fits', e.id, e.reference_id) as problem
        from billing.ledger_entries e
        where e.id > ?::uuid and e.id <= ?::uuid and e.kind in ('charge', 'credit') and not exists (
          select from billing.cdrs c where e.reference_type = 'cdr' and c.id = e.reference_id and c.kind = e.kind
            and c.organization_id = e.organization_id and c.currency = e.currency)`,
    },
  ]),
  keysetCheck('cdrs-as-metered', [
    {
      table: 'billing.settlements',
      key: 'transaction_id',
      query: `select format('the charge %s is settled, and has no record that counts', s.transaction_id) as problem
        from billing.settlements s
        where s.transaction_id > ?::uuid and s.transaction_id <= ?::uuid and s.state = 'settled' and not exists (
          select from billing.cdr_transactions m join billing.cdrs c on c.id = m.cdr_id
          where m.transaction_id = s.transaction_id and m.cdr_id = s.cdr_id and ${COUNTS})`,
    },
    {
      ...BY_CHARGE,
      query: `select format('the charge %s has %s records that count', m.transaction_id, count(*)) as problem
        from billing.cdr_transactions m join billing.cdrs c on c.id = m.cdr_id
        where m.transaction_id > ?::uuid and m.transaction_id <= ?::uuid and ${COUNTS}
        group by m.transaction_id having count(*) > 1`,
    },
    {
      ...BY_CHARGE,
      query: `select format('record %s counts, and the charge %s does not know it', m.cdr_id, m.transaction_id) as problem
        from billing.cdr_transactions m join billing.cdrs c on c.id = m.cdr_id
          left join billing.settlements s on s.transaction_id = m.transaction_id
        where m.transaction_id > ?::uuid and m.transaction_id <= ?::uuid and ${COUNTS} and s.cdr_id is distinct from m.cdr_id`,
    },
    {
      ...BY_RECORD,
      query: `select format('record %s comes to %s minor units; it shows %s, its lines come to %s, and tax to %s', id, due, shown, lines, vat) as problem
        from (
          select c.id, c.incl_vat_minor as due, ${minorOf('r."inclVat"')} as shown, ${minorOf('r."exclVat"')} as net,
            (select coalesce(sum(${minorOf(`line -> 'amount'`)}), 0) from jsonb_array_elements(r.lines) line) as lines,
            (select coalesce(sum(${minorOf(`part -> 'vat'`)}), 0) from jsonb_array_elements(r.vat) part) as vat
          from billing.cdrs c
            cross join lateral jsonb_to_record(c.content) as r ("inclVat" jsonb, "exclVat" jsonb, lines jsonb, vat jsonb)
          where c.id > ?::uuid and c.id <= ?::uuid
        ) sums
        where shown <> due or lines <> coalesce(net, shown) or lines + vat <> shown`,
    },
    {
      ...BY_RECORD,
      query: `select format('record %s is for %s Wh, and its periods come to %s', id, energy, periods) as problem
        from (
          select c.id, r."energyWh" as energy,
            (select coalesce(sum((period ->> 'energyWh')::numeric), 0) from jsonb_array_elements(r.periods) period) as periods
          from billing.cdrs c
            cross join lateral jsonb_to_record(c.content) as r ("energyWh" numeric, periods jsonb, tariff jsonb)
          where c.id > ?::uuid and c.id <= ?::uuid and c.kind = 'charge' and r.tariff is not null
        ) energies
        where energy <> periods`,
    },
    {
      table: 'billing.ledger_entries',
      key: 'reference_id',
      query: `select format('a wallet has paid %s minor units for record %s, which comes to %s', sum(p.debit_minor), e.reference_id,
          coalesce(c.incl_vat_minor, 0)) as problem
        from billing.ledger_entries e
          join billing.ledger_postings p on p.entry_id = e.id
          join billing.ledger_accounts a on a.id = p.ledger_account_id and a.kind = 'wallet'
          left join billing.cdrs c on c.id = e.reference_id
        where e.reference_id > ?::uuid and e.reference_id <= ?::uuid and e.kind = 'wallet-payment' and e.reference_type = 'cdr'
        group by e.reference_id, c.incl_vat_minor having sum(p.debit_minor) > coalesce(c.incl_vat_minor, 0)`,
    },
  ]),
  keysetCheck('credits-mirror-cdrs', [
    {
      ...BY_RECORD,
      query: `select format('record %s takes back record %s, which %s', c.id, c.credits_cdr_id, case
            when k.id is null or k.kind <> 'charge' then 'charges nothing'
            when d.id is not null then format('record %s takes back, too', d.id)
            else 'is not the same the other way round' end) as problem
        from billing.cdrs c
          left join billing.cdrs k on k.id = c.credits_cdr_id
          left join billing.cdrs d on d.credits_cdr_id = c.credits_cdr_id and d.id <> c.id
        where c.id > ?::uuid and c.id <= ?::uuid and c.kind = 'credit' and (k.id is null or k.kind <> 'charge' or d.id is not null
          or (c.organization_id, c.account_id, c.currency, c.incl_vat_minor) is distinct from (k.organization_id, k.account_id, k.currency, -k.incl_vat_minor)
          or ${minorOf(`c.content -> 'exclVat'`)} is distinct from -${minorOf(`k.content -> 'exclVat'`)})`,
    },
  ]),
];
