/**
 * In SQL: what `checkedEntry` hashes of an entry `e` and its postings `p`, to accounts `a`, in a query with a row for each posting, grouped by entries.
 * PostgreSQL escapes text in JSON as JavaScript does.
 */
export const CONTENT_HASH = `sha256(convert_to(
  format('[%s,%s,%s,"%s",%s,[%s]]', to_json(e.currency), to_json(e.kind), to_json(e.reference_type), e.reference_id, to_json(e.description),
    string_agg(format('[%s,"%s"]', to_json(a.code), p.debit_minor), ',' order by a.code collate "C")), 'UTF8'))`;
