import type { InvoiceDocuments, InvoicesPort, IssuedInvoice } from '@voltpile/billing/contract/invoices';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { dateTime, pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import {
  creditNoteInput,
  invoiceDetailView,
  invoiceEmailInput,
  invoiceEmailView,
  invoiceInput,
  invoiceIssuerInput,
  invoiceIssuerView,
  invoiceKind,
  invoiceLanguage,
  invoiceView,
} from '../schemas/invoice.ts';

const tag = 'invoices';
const PDF = 'application/pdf';
const ISSUER_PATH = '/api/v1/organizations/{id}/invoice-issuer';

const issuedResponses = {
  200: { description: 'It had been issued before.', schema: invoiceView },
  201: { description: 'Issued.', schema: invoiceView, headers: { Location: 'Where the invoice is.' } },
};

export function invoiceRoutes(invoices: InvoicesPort, documents: InvoiceDocuments): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/invoices',
      operationId: 'listInvoices',
      tag,
      summary: 'Invoices and credit notes, newest first',
      permission: 'invoice.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        accountId: uuid.optional(),
        cdrId: uuid.optional().meta({ description: 'That name this charge detail record.' }),
        kind: invoiceKind.optional(),
        from: dateTime.optional().meta({ description: 'On the issue; inclusive.' }),
        to: dateTime.optional().meta({ description: 'Exclusive.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(invoiceView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await invoices.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/invoices/{id}',
      operationId: 'getInvoice',
      tag,
      summary: 'Get an invoice with all that is printed on it',
      permission: 'invoice.read',
      params: uuidParams,
      responses: { 200: { description: 'The invoice.', schema: invoiceDetailView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await invoices.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/invoices/{id}/pdf',
      operationId: 'downloadInvoice',
      tag,
      summary: 'Download an invoice as PDF',
      description: 'Of the same invoice and language always the same bytes.',
      permission: 'invoice.read',
      params: uuidParams,
      query: z.strictObject({
        language: invoiceLanguage.optional().meta({ description: 'Absent: the language of the invoice.' }),
      }),
      responses: {
        200: {
          description: 'The PDF.',
          contentType: PDF,
          schema: z.string().meta({ description: 'The bytes, as a download.' }),
          headers: { 'Content-Disposition': 'The file’s name.' },
        },
      },
      handle: async ({ caller, params, query }) => ({
        send: async (_request, response) => {
          const { fileName, bytes } = await documents.pdf(caller.scope, params.id, query.language ?? null);
          response.status(200);
          response.setHeader('Content-Type', PDF);
          response.setHeader('Content-Length', bytes.length);
          response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
          response.setHeader('Cache-Control', 'private, no-store');
          response.end(bytes);
        },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/invoices',
      operationId: 'issueInvoice',
      tag,
      summary: 'Issue an invoice',
      description:
        'For one charge detail record, or for all of an account that ended in a time and are on no invoice yet. The same records asked for again ' +
        'give the same invoice. Where more was credited than charged it is a credit note. An invoice is never changed or removed.',
      permission: 'invoice.write',
      body: invoiceInput,
      responses: issuedResponses,
      handle: async ({ caller, body }) => issued('invoice.issue', await invoices.issue(caller.scope, body)),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/invoices/{id}/credit-notes',
      operationId: 'creditInvoice',
      tag,
      summary: 'Take a whole invoice back',
      description:
        'Issues a credit note with the negative amounts. There is at most one: asked for again, it is the same. What was posted for its records stays; ' +
        'correct those, too, where nothing was due.',
      permission: 'invoice.write',
      params: uuidParams,
      body: creditNoteInput,
      responses: issuedResponses,
      handle: async ({ caller, params, body }) =>
        issued('invoice.credit', await invoices.credit(caller.scope, params.id, body.reason)),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/invoices/{id}/emails',
      operationId: 'emailInvoice',
      tag,
      summary: 'Send an invoice by e-mail',
      description: 'Answers at once; it is sent in the background, and tried again for some days.',
      permission: 'invoice.write',
      params: uuidParams,
      body: invoiceEmailInput,
      responses: { 202: { description: 'It is queued.', schema: invoiceEmailView } },
      handle: async ({ caller, params, body }) => {
        const email = await invoices.email(caller.scope, params.id, body);
        return {
          status: 202,
          json: email,
          audit: { action: 'invoice.email', objectType: 'invoice', objectId: params.id, after: email },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: ISSUER_PATH,
      operationId: 'getInvoiceIssuer',
      tag,
      summary: 'Whom invoices of an organisation are from',
      permission: 'invoice.read',
      params: uuidParams,
      responses: { 200: { description: 'The issuer.', schema: invoiceIssuerView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await invoices.getIssuer(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'put',
      path: ISSUER_PATH,
      operationId: 'setInvoiceIssuer',
      tag,
      summary: 'Say whom invoices of an organisation are from',
      description: 'For invoices that are issued from now on; those that were issued keep what they show.',
      permission: 'invoice.write',
      params: uuidParams,
      body: invoiceIssuerInput,
      responses: { 200: { description: 'The issuer as it is now.', schema: invoiceIssuerView } },
      handle: async ({ caller, params, body }) => {
        const { before, after } = await invoices.setIssuer(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'invoice-issuer.set', objectType: 'organization', objectId: params.id, before, after },
        };
      },
    }),
  ];
}

function issued(action: string, { invoice, isNew }: IssuedInvoice) {
  if (!isNew) return { status: 200, json: invoice, audit: null };
  return {
    status: 201,
    json: invoice,
    headers: { Location: `/api/v1/invoices/${invoice.id}` },
    audit: { action, objectType: 'invoice', objectId: invoice.id, after: invoice },
  };
}
