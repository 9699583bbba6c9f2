import type { StoredTariffsPort } from '@voltpile/billing/contract/stored-tariffs';
import { previewSessionSchema } from '@voltpile/billing/contract/tariff-preview';
import type { TariffsPort } from '@voltpile/billing/contract/tariffs-port';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { uuid } from '../schemas/common.ts';
import { tariffContent } from '../schemas/stored-tariff.ts';
import { pricedSessionView, tariffFindingsView } from '../schemas/tariff.ts';

const previewInput = z
  .strictObject({
    tariff: tariffContent.optional(),
    tariffId: uuid.optional().meta({ description: 'In place of `tariff`: one that is kept.' }),
    version: z.int().min(1).max(1_000_000_000).optional().meta({
      description: 'Of the tariff that is kept. Absent: the one in effect at the session’s start.',
    }),
    session: previewSessionSchema,
  })
  .superRefine(({ tariff, tariffId, version }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (tariff === undefined && tariffId === undefined) wrong('tariff', 'must be given, or tariffId');
    if (tariff !== undefined && tariffId !== undefined) wrong('tariffId', 'must not be given with tariff');
    if (version !== undefined && tariffId === undefined) wrong('version', 'must be given with tariffId only');
  });

export function tariffRoutes(tariffs: TariffsPort, stored: StoredTariffsPort): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/tariffs/preview',
      operationId: 'previewTariff',
      tag: 'tariffs',
      summary: 'What a session would cost under a tariff',
      description:
        "The tariff is one of OCPI's model, with a service fee and a fee for standing beside it, or half-hour rates, or one that is kept. Periods are taken " +
        'as they are given: each is priced by how things are at its start. Net and gross are bounded each by its own amount of `min_price` and `max_price`; ' +
        'where nothing is taxed they are one. That can show less with VAT than before VAT, which `findings` says then. `start_date_time` and `end_date_time` of ' +
        'the tariff have no effect: it is priced also outside of them, so that a tariff can be tried before it is valid. Amounts are exact; nothing is stored.',
      permission: 'tariff.read',
      body: previewInput,
      responses: { 200: { description: 'The price, and where it comes from.', schema: pricedSessionView } },
      handle: async ({ caller, body: { tariff, tariffId, version, session } }) => ({
        status: 200,
        json:
          tariffId === undefined
            ? await tariffs.preview(tariff as NonNullable<typeof tariff>, session)
            : await stored.preview(caller.scope, { tariffId, version }, session),
        audit: null,
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tariffs/validate',
      operationId: 'validateTariff',
      tag: 'tariffs',
      summary: 'What is wrong with a tariff, or looks as if it were',
      description:
        'Mistakes of form are found here, too, and are no error of the request. In a tariff without any: limits that contradict each other, what nobody pays ' +
        'for, elements that shadow others or never count, what is paid for twice. At most a hundred findings are told; a tariff too large to look at all of ' +
        'it says so. Nothing is stored.',
      permission: 'tariff.read',
      body: z.strictObject({
        tariff: z
          .looseObject({})
          .meta({ description: 'As in `POST /tariffs/preview`; what is wrong in it is told by the findings.' }),
      }),
      responses: { 200: { description: 'What was found, most of all nothing.', schema: tariffFindingsView } },
      handle: async ({ body }) => ({
        status: 200,
        json: { findings: await tariffs.validate(body.tariff) },
        audit: null,
      }),
    }),
  ];
}
