import type { YkcExchange } from './exchange.ts';
import { fromStationTariff, type TariffModel } from './tariff-model.ts';

/** The prices that a pile should know: what was set for it, or what the settings say for all of them. */
export async function tariffOf(exchange: YkcExchange): Promise<TariffModel> {
  const { port, pile } = exchange;
  const tariff = await port.tariffAsked(exchange.origin());
  if (tariff === null) return pile.settings.tariff;
  try {
    return fromStationTariff(tariff);
  } catch (err) {
    pile.link.warn({ err }, 'the tariff of a pile cannot be told to it; it is told that of the settings');
    return pile.settings.tariff;
  }
}
