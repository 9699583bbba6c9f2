import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { InvoiceDocuments } from '../contract/invoices.ts';
import { invoiceNotFound } from './invoices-service.ts';
import type { PdfRenderer } from './pdf/pdf-renderer.ts';
import { readContent, readInvoice } from './persistence/invoices-repository.ts';

/** Invoices are printed when somebody asks, from what was frozen: nothing but that is kept. */
export function createInvoiceDocuments(knex: Knex, renderer: PdfRenderer): InvoiceDocuments {
  return {
    async pdf(scope, id, language) {
      const invoice = await withDatabaseErrors(() => readInvoice(knex, scope, id));
      if (invoice === undefined) throw invoiceNotFound({ id });
      const content = await withDatabaseErrors(() => readContent(knex, id));
      const { kind, number, issuedAt, periodFrom, periodTo, currency } = invoice;
      const bytes = await renderer.render({
        ...{ kind, number, issuedAt, periodFrom, periodTo, currency, content },
        language: language ?? invoice.language,
      });
      return { fileName: `${kind}-${number}.pdf`, bytes };
    },
  };
}
