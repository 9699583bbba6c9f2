import { tariffSchema } from '@voltpile/billing/contract/tariff';
import { previewSessionSchema, type TariffsPort } from '@voltpile/billing/contract/tariff-preview';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { pricedSessionView } from '../schemas/tariff.ts';

export function tariffRoutes(tariffs: TariffsPort): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/tariffs/preview',
      operationId: 'previewTariff',
      tag: 'tariffs',
      summary: 'What a session would cost under a tariff',
      description:
        "The tariff is one of OCPI's model, with a service fee and a fee for standing beside it. Periods are taken as they are given: each is priced by " +
        'how things are at its start. Amounts are exact; nothing is stored.',
      permission: 'tariff.read',
      body: z.strictObject({ tariff: tariffSchema, session: previewSessionSchema }),
      responses: { 200: { description: 'The price, and where it comes from.', schema: pricedSessionView } },
      handle: async ({ body }) => ({
        status: 200,
        json: await tariffs.preview(body.tariff, body.session),
        audit: null,
      }),
    }),
  ];
}
