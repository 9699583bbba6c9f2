import { digestQuestion } from '../ledger/digests-check.ts';
import { keysetCheck, type LedgerCheck } from '../ledger/prove.ts';
import { minorOf } from '../money/stored-money.ts';

/** Some invoices hold thousands of records: in the order of these, a piece has about as much to it whatever is on whose invoice. */
const BY_INVOICE = { table: 'billing.invoice_cdrs', key: 'invoice_id' };
const BY_RECORD = { table: 'billing.invoice_cdrs', key: 'cdr_id' };

/** As it is printed. */
const numberOf = (invoice: string): string =>
  `${invoice}.series || '-' || lpad(${invoice}.number::text, greatest(6, length(${invoice}.number::text)), '0')`;

/** What invoices and records say of a line alike. An invoice may know at which rate the least or most of a tariff is taxed. */
const linesOf = (lines: string, isAdjustment: string): string =>
  `array(
    select (line ->> 'dimension', line ->> 'quantity', line ->> 'unit', line ->> 'price', line -> 'amount' ->> 'amount',
      case when not ${isAdjustment} then line ->> 'vatPercent' end)
    from jsonb_array_elements(${lines}) as line)`;
const LINES_OF_INVOICE = linesOf(`printed.charge -> 'lines'`, `(line ->> 'isAdjustment')::boolean`);
const LINES_OF_RECORD = linesOf(`named.content -> 'lines'`, `line -> 'periods' = '[]'`);

/** The charges of an invoice and its VAT, as numbers that can be turned round. */
const figuresOf = (content: string, sign: '' | '-'): string =>
  `jsonb_build_array(
    (select jsonb_agg(jsonb_build_array(c.charge -> 'cdrId', ${sign}(c.charge -> 'energyWh')::numeric, ${sign}${minorOf(`c.charge -> 'inclVat'`)},
        (select jsonb_agg(jsonb_build_array(l.line -> 'dimension', ${sign}(l.line ->> 'quantity')::numeric, l.line -> 'price', l.line -> 'vatPercent',
            ${sign}${minorOf(`l.line -> 'amount'`)}) order by l.place)
          from jsonb_array_elements(c.charge -> 'lines') with ordinality as l (line, place))) order by c.place)
      from jsonb_array_elements(${content} -> 'charges') with ordinality as c (charge, place)),
    (select jsonb_agg(jsonb_build_array(v.part -> 'percent', ${sign}${minorOf(`v.part -> 'net'`)}, ${sign}${minorOf(`v.part -> 'vat'`)}) order by v.place)
      from jsonb_array_elements(${content} -> 'vat') with ordinality as v (part, place)))`;

/**
 * What must hold of invoices and credit notes, and between them and the records that they are for. Whoever issues one keeps to it in one transaction;
 * this finds whatever was changed behind its back.
 */
export const INVOICE_CHECKS: readonly LedgerCheck[] = [
  keysetCheck('invoices-as-written', [
    digestQuestion('invoices', `format('invoice %s (%s)', r.id, ${numberOf('r')})`, BY_INVOICE),
  ]),
  keysetCheck('invoices-numbered-without-gaps', [
    {
      table: 'billing.invoices',
      key: 'id',
      query: `select format('number %s of series %s of organisation %s %s', i.number, i.series, i.organization_id, case
            when o.id is not null then 'was given more than once'
            when n.last_number is null or n.last_number < i.number then format('was given, and the last one is %s', coalesce(n.last_number, 0))
            when p.id is null then 'follows one that is missing'
            else 'was issued before the one that it follows' end) as problem
        from billing.invoices i
          left join billing.invoices p on p.organization_id = i.organization_id and p.series = i.series and p.number = i.number - 1
          left join billing.invoices o on o.organization_id = i.organization_id and o.series = i.series and o.number = i.number and o.id <> i.id
          left join billing.invoice_numbers n on n.organization_id = i.organization_id and n.series = i.series
        where i.id > ?::uuid and i.id <= ?::uuid and (o.id is not null or n.last_number is null or n.last_number < i.number
          or (i.number > 1 and p.id is null) or p.issued_at > i.issued_at)`,
    },
    {
      table: 'billing.invoice_numbers',
      key: 'organization_id',
      query: `select format('number %s of series %s of organisation %s is missing: the last one that was given', n.last_number, n.series,
          n.organization_id) as problem
        from billing.invoice_numbers n
          left join billing.invoices i on i.organization_id = n.organization_id and i.series = n.series and i.number = n.last_number
        where n.organization_id > ?::uuid and n.organization_id <= ?::uuid and i.id is null`,
    },
  ]),
  keysetCheck('invoices-add-up', [
    {
      ...BY_INVOICE,
      query: `select format('invoice %s (%s) comes to %s minor units, %s without VAT; it shows %s and %s, charges of %s, lines of %s and VAT of %s; '
          'it is for %s records, names %s and prints %s', id, number, due, net, shown, shown_net, charges, lines, vat, records, named, printed) as problem
        from (
          select i.id, ${numberOf('i')} as number, i.kind, i.incl_vat_minor as due, i.excl_vat_minor as net, ${minorOf('r."inclVat"')} as shown,
            ${minorOf('r."exclVat"')} as shown_net, i.record_count as records, jsonb_array_length(r.charges) as printed,
            (select count(*) from billing.invoice_cdrs named where named.invoice_id = i.id) as named,
            (select coalesce(sum(${minorOf(`charge -> 'inclVat'`)}), 0) from jsonb_array_elements(r.charges) charge) as charges,
            (select coalesce(sum(${minorOf(`line -> 'amount'`)}), 0) from jsonb_array_elements(r.charges) charge,
              jsonb_array_elements(charge -> 'lines') line) as lines,
            (select coalesce(sum(${minorOf(`part -> 'vat'`)}), 0) from jsonb_array_elements(r.vat) part) as vat
          from billing.invoices i
            cross join lateral jsonb_to_record(i.content) as r ("inclVat" jsonb, "exclVat" jsonb, charges jsonb, vat jsonb)
          where i.id > ?::uuid and i.id <= ?::uuid
        ) sums
        where shown is distinct from due or shown_net is distinct from net or charges <> due or lines + vat <> due or lines <> net
          or records <> named or records <> printed or (kind = 'invoice' and due < 0)`,
    },
    {
      ...BY_INVOICE,
      query: `select format('invoice %s (%s) %s record %s', i.id, ${numberOf('i')}, pair.problem, pair.cdr_id) as problem
        from billing.invoices i cross join lateral (
          select coalesce(named.cdr_id, printed.cdr_id) as cdr_id, case
            when named.cdr_id is null then 'does not name what it prints,'
            when printed.cdr_id is null then 'does not print'
            when (named.organization_id, named.account_id, named.currency) is distinct from (i.organization_id, i.account_id, i.currency)
              then 'has no business with'
            when named.is_reversal <> i.credits_whole
              or named.shown_credit is distinct from case when not named.is_reversal then named.credits_cdr_id end then 'takes for what it is not'
            when ${minorOf(`printed.charge -> 'inclVat'`)} <> case when named.is_reversal then -named.due else named.due end
              or not named.is_reversal
                and (printed.charge ->> 'kind' <> named.kind or ${LINES_OF_INVOICE} <> ${LINES_OF_RECORD})
              then 'does not say the same as'
            end as problem
          from (
            select r.cdr_id, r.is_reversal, r.credits_cdr_id as shown_credit, c.organization_id, c.account_id, c.currency, c.kind, c.credits_cdr_id,
              c.incl_vat_minor as due, c.content
            from billing.invoice_cdrs r left join billing.cdrs c on c.id = r.cdr_id where r.invoice_id = i.id
          ) named full join (
            select (charge ->> 'cdrId')::uuid as cdr_id, charge from jsonb_array_elements(i.content -> 'charges') charge
          ) printed on printed.cdr_id = named.cdr_id
        ) pair
        where i.id > ?::uuid and i.id <= ?::uuid and pair.problem is not null`,
    },
  ]),
  keysetCheck('records-invoiced-once', [
    {
      ...BY_RECORD,
      query: `select format('record %s is on %s invoices, and taken back with %s', cdr_id, held, taken_back) as problem
        from (
          select cdr_id, count(*) filter (where not is_reversal) as held, count(*) filter (where is_reversal) as taken_back
          from billing.invoice_cdrs where cdr_id > ?::uuid and cdr_id <= ?::uuid group by cdr_id
        ) standing
        where held <> 1 or taken_back > held`,
    },
    {
      ...BY_RECORD,
      query: `select format('record %s takes back record %s, which %s', r.cdr_id, r.credits_cdr_id, case when o.cdr_id is null then 'is on no invoice'
            else 'was taken back with its whole invoice' end) as problem
        from billing.invoice_cdrs r
          left join billing.invoice_cdrs o on o.cdr_id = r.credits_cdr_id and not o.is_reversal
          left join billing.invoices n on n.credits_invoice_id = o.invoice_id and n.credits_whole
        where r.cdr_id > ?::uuid and r.cdr_id <= ?::uuid and not r.is_reversal and r.credits_cdr_id is not null
          and (o.cdr_id is null or n.id is not null and o.invoice_id <> r.invoice_id)`,
    },
  ]),
  keysetCheck('credit-notes-mirror-invoices', [
    {
      ...BY_INVOICE,
      query: `select format('note %s (%s) is not the whole of invoice %s (%s) the other way round', n.id, ${numberOf('n')}, i.id,
          ${numberOf('i')}) as problem
        from billing.invoices n join billing.invoices i on i.id = n.credits_invoice_id
        where n.id > ?::uuid and n.id <= ?::uuid and n.credits_whole and (i.kind <> 'invoice'
          or (n.organization_id, n.account_id, n.currency) is distinct from (i.organization_id, i.account_id, i.currency)
          or (n.content -> 'issuer', n.content -> 'customer') is distinct from (i.content -> 'issuer', i.content -> 'customer')
          or n.content -> 'credits' ->> 'number' is distinct from ${numberOf('i')}
          or ${figuresOf('n.content', '-')} <> ${figuresOf('i.content', '')})`,
    },
    {
      ...BY_INVOICE,
      query: `select format('note %s (%s) takes back record %s, which is not on invoice %s', n.id, ${numberOf('n')}, r.credits_cdr_id,
          n.credits_invoice_id) as problem
        from billing.invoices n
          join billing.invoice_cdrs r on r.invoice_id = n.id and not r.is_reversal
          join billing.invoice_cdrs o on o.cdr_id = r.credits_cdr_id and not o.is_reversal
        where n.id > ?::uuid and n.id <= ?::uuid and n.credits_invoice_id is not null and o.invoice_id not in (n.credits_invoice_id, n.id)`,
    },
  ]),
];
