/** Tables whose rows say when they are inserted what they came to: the database itself writes it into `digest`, whoever inserts. */
export type DigestedTable = 'cdrs' | 'invoices' | 'ledger_entries';

/** The kind of digest that is written now, its first byte. One over other columns is another kind, beside this one: rows keep what they have. */
export const DIGEST_KIND = 1;

/** What of a row never changes: all that it is inserted with. */
interface DigestedColumns {
  readonly plain: readonly string[];
  readonly times: readonly string[];
  readonly bytes: readonly string[];
  /** What may be long, and is never null. */
  readonly text: string;
}

const COLUMNS: Readonly<Record<DigestedTable, DigestedColumns>> = {
  cdrs: {
    plain: [
      ...['id', 'organization_id', 'site_id', 'station_id', 'kind', 'account_id', 'currency', 'incl_vat_minor'],
      'credits_cdr_id',
    ],
    times: ['ended_at', 'created_at'],
    bytes: [],
    text: 'content',
  },
  invoices: {
    plain: [
      ...['id', 'organization_id', 'series', 'number', 'kind', 'account_id', 'customer_name', 'language', 'currency'],
      ...['record_count', 'excl_vat_minor', 'incl_vat_minor', 'credits_invoice_id', 'credits_whole'],
    ],
    times: ['issued_at', 'period_from', 'period_to'],
    bytes: [],
    text: 'content',
  },
  ledger_entries: {
    plain: [
      ...['id', 'organization_id', 'currency', 'kind', 'idempotency_key', 'reference_type', 'reference_id'],
      'posting_count',
    ],
    times: ['at', 'recorded_at'],
    // It is over the postings, too.
    bytes: ['content_hash'],
    text: 'description',
  },
};

/**
 * In SQL: the digest of a row of the table, of {@link DIGEST_KIND}. A byte that tells the kind, then SHA-256 over a JSON list of values and a text behind it.
 * The triggers and what is stored rest on it: it is never changed, which `guards.test.ts` notices.
 */
export function digestOf(table: DigestedTable, row: string): string {
  const { plain, times, bytes, text } = COLUMNS[table];
  // No value is written as a session's settings want it: TimeZone and DateStyle are of times, bytea_output of bytes.
  const values = [
    ...plain.map((column) => `${row}.${column}`),
    ...times.map((column) => `extract(epoch from ${row}.${column})`),
    ...bytes.map((column) => `encode(${row}.${column}, 'hex')`),
  ];
  const kind = DIGEST_KIND.toString(16).padStart(2, '0');
  return `decode('${kind}', 'hex') || sha256(convert_to(jsonb_build_array(${values.join(', ')})::text || ${row}.${text}::text, 'UTF8'))`;
}
