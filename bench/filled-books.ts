import { CONTENT_HASH } from '@voltpile/billing/ledger/content-hash';
import { pastTriggers } from '@voltpile/billing/testing/past-triggers';
import type { Pool } from 'pg';

/** What is made up. */
export interface FilledBooks {
  readonly records: number;
  /** Each with a wallet, which pays for its charges. */
  readonly accounts: number;
}

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const SITE = '0192d3a0-0000-7000-8000-000000000002';
/** Ids in the order of the charges, as those of our own are. */
const idOf = (kind: string, number: string): string =>
  `('0192d3a0-0000-7${kind}-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;

export function idOfAccount(index: number): string {
  return `0192d3a0-0000-7003-8000-${index.toString(16).padStart(12, '0')}`;
}

/** A charge of 10 kWh at 0.45 and a fee: 5.00 net, 0.95 VAT, with three periods, as records have them. */
const CONTENT = `jsonb_build_object(
  'id', ${idOf('001', 'n')}, 'kind', 'charge', 'organizationId', '${ORGANIZATION}', 'siteId', '${SITE}', 'stationId', 'CP-' || n % 500, 'evseId', 1,
  'site', jsonb_build_object('name', 'Parkhaus am Markt', 'address', null),
  'transactionIds', jsonb_build_array(${idOf('002', 'n')}), 'accountId', ${idOf('003', 'n % $2')}, 'idToken', 'TOKEN-' || n,
  'timeZone', 'Europe/Berlin', 'energyWh', 10000, 'currency', 'EUR',
  'tariff', jsonb_build_object('id', '${SITE}', 'name', 'Standard', 'version', 1),
  'lines', jsonb_build_array(
    jsonb_build_object('dimension', 'FLAT', 'quantity', '1', 'unit', 'session', 'price', '0.5', 'vatPercent', '19', 'exact', '0.5',
      'amount', jsonb_build_object('amount', '0.50', 'currency', 'EUR'), 'periods', '[0]'::jsonb),
    jsonb_build_object('dimension', 'ENERGY', 'quantity', '10', 'unit', 'kWh', 'price', '0.45', 'vatPercent', '19', 'exact', '4.5',
      'amount', jsonb_build_object('amount', '4.50', 'currency', 'EUR'), 'periods', '[0,1,2]'::jsonb)),
  'vat', jsonb_build_array(jsonb_build_object('percent', '19', 'net', jsonb_build_object('amount', '5.00', 'currency', 'EUR'),
    'vat', jsonb_build_object('amount', '0.95', 'currency', 'EUR'))),
  'exclVat', jsonb_build_object('amount', '5.00', 'currency', 'EUR'), 'inclVat', jsonb_build_object('amount', '5.95', 'currency', 'EUR'),
  'electricityFee', null, 'serviceFee', null,
  'periods', jsonb_build_array(
    jsonb_build_object('startedAt', now(), 'endedAt', now(), 'energyWh', 4000, 'activity', 'charging', 'interpolated', true),
    jsonb_build_object('startedAt', now(), 'endedAt', now(), 'energyWh', 6000, 'activity', 'charging', 'interpolated', true),
    jsonb_build_object('startedAt', now(), 'endedAt', now(), 'energyWh', 0, 'activity', 'parking', 'interpolated', false)),
  'creditsCdrId', null, 'reason', null, 'stationBill', null, 'flags', '[]'::jsonb, 'startedAt', now(), 'endedAt', now(), 'createdAt', now())`;

/** What each charge does to the books: of four entries the postings, in minor units. */
const ENTRIES = `(values
  (1, 'hold', 'intent', 2, array[3, 4], array[2000, -2000]),
  (2, 'charge', 'cdr', 3, array[2, 0, 1], array[595, -500, -95]),
  (3, 'release', 'intent', 2, array[4, 3], array[2000, -2000]),
  (4, 'wallet-payment', 'cdr', 2, array[3, 2], array[595, -595])
) as e (step, kind, reference, posting_count, accounts, debits)`;

/** Of one account on one invoice, and of how many invoices one is taken back. */
const RECORDS_OF_INVOICE = 500;
const INVOICES_OF_NOTE = 10;

const moneyOf = (minor: string): string =>
  `jsonb_build_object('amount', trim(to_char((${minor}) / 100.0, 'FM9999999990.00')), 'currency', 'EUR')`;
const negativeOf = (money: string): string =>
  `jsonb_set(${money}, '{amount}', to_jsonb('-' || (${money} ->> 'amount')))`;

/** A record as an invoice prints it. */
const CHARGE = `(c.content - '{periods,vat,transactionIds,tariff,accountId,creditsCdrId,stationBill,flags,createdAt,siteId,organizationId,currency,id}'::text[])
  || jsonb_build_object('cdrId', c.id, 'tariffName', 'Standard', 'creditsInvoiceNumber', null, 'lines',
    (select jsonb_agg((line - '{exact,periods}'::text[]) || '{"isAdjustment": false}') from jsonb_array_elements(c.content -> 'lines') line))`;

const reversedCharges = (invoice: string): string =>
  `(select jsonb_agg(charge || jsonb_build_object('energyWh', -(charge -> 'energyWh')::numeric, 'exclVat', ${negativeOf(`(charge -> 'exclVat')`)},
      'inclVat', ${negativeOf(`(charge -> 'inclVat')`)}, 'lines', (
        select jsonb_agg(line || jsonb_build_object('quantity', '-' || (line ->> 'quantity'), 'amount', ${negativeOf(`(line -> 'amount')`)}) order by l.place)
        from jsonb_array_elements(charge -> 'lines') with ordinality as l (line, place))) order by p.place)
    from jsonb_array_elements(${invoice}.content -> 'charges') with ordinality as p (charge, place))`;

/**
 * Fills empty tables with charges that were settled, paid from wallets and invoiced, as settlement leaves them: a record, four entries and nine postings each.
 * Past the triggers, since a million rows would take them minutes: so only for who may switch them off.
 */
export async function fillBooks(pool: Pool, { records, accounts }: FilledBooks): Promise<void> {
  await pastTriggers(pool, async (client) => {
    // Those that write digests are not passed by.
    for (const table of ['cdrs', 'invoices', 'ledger_entries']) {
      await client.query(`alter table billing.${table} enable always trigger ${table}_digested`);
    }
    // Postings first: the entry has a hash of them.
    await client.query(
      'create temporary table made_entries (like billing.ledger_entries including defaults including indexes)',
    );
    await client.query(
      `insert into billing.accounts (id, organization_id, kind, name, language, currency, status, payment_mode, created_at, updated_at)
       select ${idOf('003', 'a')}, '${ORGANIZATION}', 'driver', 'Driver ' || a, 'en', 'EUR', 'active', 'prepaid', now(), now()
       from generate_series(0, $1::int - 1) a`,
      [accounts],
    );
    // Revenue, tax, and for each account: receivable, wallet, hold.
    await client.query(
      `insert into billing.ledger_accounts (id, organization_id, currency, kind)
       values (${idOf('100', '0')}, '${ORGANIZATION}', 'EUR', 'revenue'), (${idOf('101', '0')}, '${ORGANIZATION}', 'EUR', 'vat')`,
    );
    await client.query(
      `insert into billing.ledger_accounts (id, organization_id, currency, kind, provider)
       values (${idOf('105', '0')}, '${ORGANIZATION}', 'EUR', 'provider', 'by-hand')`,
    );
    await client.query(
      `insert into billing.ledger_accounts (id, organization_id, currency, kind, account_id)
       select ('0192d3a0-0000-710' || k.place || '-8000-' || lpad(to_hex(a), 12, '0'))::uuid, '${ORGANIZATION}', 'EUR', k.kind, ${idOf('003', 'a')}
       from generate_series(0, $1::int - 1) a, (values (2, 'receivable'), (3, 'wallet'), (4, 'hold')) k (place, kind)`,
      [accounts],
    );
    await client.query(
      `insert into billing.cdrs (id, organization_id, site_id, station_id, kind, account_id, currency, incl_vat_minor, ended_at, content, created_at)
       select ${idOf('001', 'n')}, '${ORGANIZATION}', '${SITE}', 'CP-' || n % 500, 'charge', ${idOf('003', 'n % $2')}, 'EUR', 595, now(), ${CONTENT}, now()
       from generate_series(1, $1::int) n`,
      [records, accounts],
    );
    await client.query(
      `insert into billing.cdr_transactions (transaction_id, generation, cdr_id)
       select ${idOf('002', 'n')}, 1, ${idOf('001', 'n')} from generate_series(1, $1::int) n`,
      [records],
    );
    await client.query(
      `insert into billing.settlements (transaction_id, organization_id, site_id, station_id, state, due_at, cdr_id, created_at, updated_at)
       select ${idOf('002', 'n')}, '${ORGANIZATION}', '${SITE}', 'CP-' || n % 500, 'settled', now(), ${idOf('001', 'n')}, now(), now()
       from generate_series(1, $1::int) n`,
      [records],
    );
    await client.query(
      `insert into made_entries
         (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id, description, posting_count, at)
       select ${idOf('200', 'n * 4 + e.step')}, '${ORGANIZATION}', 'EUR', e.kind, e.kind || '/' || n, sha256(n::text::bytea), e.reference,
         case e.reference when 'cdr' then ${idOf('001', 'n')} else ${idOf('004', 'n')} end, 'A charge of the bench', e.posting_count, now()
       from generate_series(1, $1::int) n, ${ENTRIES}`,
      [records],
    );
    // What wallets are filled with first: as much as they pay.
    await client.query(
      `insert into made_entries
         (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id, description, posting_count, at)
       select ${idOf('1ff', 'a')}, '${ORGANIZATION}', 'EUR', 'top-up', 'top-up/' || a, sha256(a::text::bytea), 'account', ${idOf('003', 'a')}, 'Cash', 2, now()
       from generate_series(0, $1::int - 1) a`,
      [accounts],
    );
    await client.query(
      `insert into billing.ledger_postings (entry_id, ledger_account_id, organization_id, currency, number, debit_minor, balance_minor)
       select entry_id, ledger_account_id, '${ORGANIZATION}', 'EUR', row_number() over running, debit, sum(debit) over running
       from (
         select ${idOf('200', 'n * 4 + e.step')} as entry_id, e.debits[i] as debit,
           ('0192d3a0-0000-710' || e.accounts[i] || '-8000-' || lpad(to_hex(case when e.accounts[i] < 2 then 0 else n % $2::int end), 12, '0'))::uuid
             as ledger_account_id
         from generate_series(1, $1::int) n, ${ENTRIES}, generate_subscripts(e.accounts, 1) i
         union all
         select ${idOf('1ff', 'a')}, case place when 3 then -1 else 1 end * (2000 + 595 * ($1::int / $2::int + 1)),
           ('0192d3a0-0000-710' || place || '-8000-' || lpad(to_hex(case place when 5 then 0 else a end), 12, '0'))::uuid
         from generate_series(0, $2::int - 1) a, (values (3), (5)) filled (place)
       ) postings
       window running as (partition by ledger_account_id order by entry_id)`,
      [records, accounts],
    );
    await client.query(
      `insert into billing.ledger_entries
         (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id, description, posting_count, at)
       select e.id, e.organization_id, e.currency, e.kind, e.idempotency_key, ${CONTENT_HASH}, e.reference_type, e.reference_id, e.description,
         e.posting_count, e.at
       from made_entries e join billing.ledger_postings p on p.entry_id = e.id join billing.ledger_accounts a on a.id = p.ledger_account_id
       group by e.id order by e.id`,
    );
    await client.query('drop table made_entries');
    await client.query(
      `insert into billing.ledger_balances (ledger_account_id, kind, balance_minor, last_number)
       select a.id, a.kind, coalesce(sum(p.debit_minor), 0), count(p.entry_id)
       from billing.ledger_accounts a left join billing.ledger_postings p on p.ledger_account_id = a.id group by a.id, a.kind`,
    );
    await client.query(
      `insert into billing.invoices (id, organization_id, series, number, kind, account_id, issued_at, language, currency, record_count,
         excl_vat_minor, incl_vat_minor, content)
       select ${idOf('300', 'number')}, '${ORGANIZATION}', '2026', number, 'invoice', account_id, now(), 'en', 'EUR', count, count * 500, count * 595,
         jsonb_build_object('issuer', jsonb_build_object('name', 'Bench', 'timeZone', 'UTC'), 'customer', null, 'charges', charges, 'credits', null,
           'vat', jsonb_build_array(jsonb_build_object('percent', '19', 'net', ${moneyOf('count * 500')}, 'vat', ${moneyOf('count * 95')})),
           'exclVat', ${moneyOf('count * 500')}, 'inclVat', ${moneyOf('count * 595')}, 'electricityFee', null, 'serviceFee', null)
       from (
         select account_id, count(*) as count, jsonb_agg(charge order by id) as charges, row_number() over () as number
         from (
           select c.id, c.account_id, ${CHARGE} as charge, (row_number() over (partition by c.account_id order by c.id) - 1) / ${RECORDS_OF_INVOICE} as part
           from billing.cdrs c
         ) printed group by account_id, part
       ) invoiced`,
    );
    await client.query(
      `insert into billing.invoices (id, organization_id, series, number, kind, account_id, issued_at, language, currency, record_count,
         excl_vat_minor, incl_vat_minor, credits_invoice_id, credits_whole, content)
       select ${idOf('301', 'i.number')}, i.organization_id, '2026C', i.number / ${INVOICES_OF_NOTE}, 'credit-note', i.account_id, now(), 'en', 'EUR',
         i.record_count, -i.excl_vat_minor, -i.incl_vat_minor, i.id, true,
         i.content || jsonb_build_object('charges', ${reversedCharges('i')}, 'exclVat', ${moneyOf('-i.excl_vat_minor')}, 'inclVat', ${moneyOf('-i.incl_vat_minor')},
           'vat', jsonb_build_array(jsonb_build_object('percent', '19', 'net', ${moneyOf('-i.excl_vat_minor')},
             'vat', ${moneyOf('i.excl_vat_minor - i.incl_vat_minor')})),
           'credits', jsonb_build_object('number', '2026-' || lpad(i.number::text, 6, '0'), 'issuedAt', i.issued_at, 'reason', 'Bench'))
       from billing.invoices i where i.number % ${INVOICES_OF_NOTE} = 0`,
    );
    await client.query(
      `insert into billing.invoice_cdrs (invoice_id, cdr_id, is_reversal)
       select i.id, (charge ->> 'cdrId')::uuid, i.credits_whole from billing.invoices i, jsonb_array_elements(i.content -> 'charges') charge`,
    );
    await client.query(
      `insert into billing.invoice_numbers (organization_id, series, last_number, last_issued_at)
       select organization_id, series, max(number), max(issued_at) from billing.invoices group by organization_id, series`,
    );
    await client.query('analyze');
  });
}
