import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { InvoiceIssuer, InvoiceIssuerView } from '../../contract/invoices.ts';

interface IssuerRow {
  readonly organization_id: Uuid;
  readonly party: InvoiceIssuer;
  readonly updated_at: Date;
}

const issuers = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('invoice_issuers');

export async function readIssuer(db: Knex, organizationId: Uuid): Promise<InvoiceIssuerView | undefined> {
  const row: IssuerRow | undefined = await issuers(db).where({ organization_id: organizationId }).first();
  return row === undefined ? undefined : toView(row);
}

export async function writeIssuer(
  db: Knex,
  organizationId: Uuid,
  issuer: InvoiceIssuer,
  now: Instant,
): Promise<InvoiceIssuerView> {
  const [row]: IssuerRow[] = await issuers(db)
    .insert({ organization_id: organizationId, party: JSON.stringify(issuer), updated_at: toIso(now) }, '*')
    .onConflict('organization_id')
    .merge();
  return toView(row as IssuerRow);
}

function toView({ organization_id, party, updated_at }: IssuerRow): InvoiceIssuerView {
  return { ...party, organizationId: organization_id, updatedAt: updated_at.toISOString() };
}
