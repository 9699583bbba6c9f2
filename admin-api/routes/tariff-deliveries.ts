import type { TariffDeliveriesPort } from '@voltpile/billing/contract/tariff-deliveries';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import { stationParams } from '../schemas/station.ts';
import { tariffDeliveryFilter, tariffDeliveryView } from '../schemas/tariff-delivery.ts';

const tag = 'tariffs';

export function tariffDeliveryRoutes(deliveries: TariffDeliveriesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/tariff-deliveries',
      operationId: 'listTariffDeliveries',
      tag,
      summary: 'Which stations have the prices that they should show',
      description:
        'Of stations that show prices by themselves, by id. With `?state=refused`: those that do not take theirs.',
      permission: 'tariff.read',
      query: pageQuery.extend(tariffDeliveryFilter),
      responses: { 200: { description: 'A page.', schema: pageOf(tariffDeliveryView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await deliveries.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/tariff-delivery',
      operationId: 'getTariffDelivery',
      tag,
      summary: 'Whether a station has the prices that it should show',
      permission: 'tariff.read',
      params: stationParams,
      responses: { 200: { description: 'What it should be told, and what it was told.', schema: tariffDeliveryView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await deliveries.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/tariff-delivery',
      operationId: 'sendTariff',
      tag,
      summary: 'Tell a station its prices once more',
      description: 'As soon as it is connected and nobody charges there, also when it has them, or has refused them.',
      permission: 'tariff.publish',
      params: stationParams,
      responses: { 202: { description: 'It is to be told.', schema: tariffDeliveryView } },
      handle: async ({ caller, params }) => {
        const delivery = await deliveries.sendAgain(caller.scope, params.id);
        return {
          status: 202,
          json: delivery,
          audit: {
            action: 'tariff-delivery.send',
            objectType: 'station',
            objectId: delivery.stationId,
            after: { wantedVersionId: delivery.wantedVersionId, wantedDigest: delivery.wantedDigest },
          },
        };
      },
    }),
  ];
}
