import type { StationTariff } from '@voltpile/csms/contract/station-tariff';
import type { YkcExchange } from './exchange.ts';
import { fromStationTariff, type TariffModel } from './tariff-model.ts';

/** The prices that a pile should know. */
export interface PileTariff {
  readonly model: TariffModel;
  /** What the model was made from; null: it is that of the settings. */
  readonly source: StationTariff | null;
}

/** What was set for the pile, or what the settings say for all of them. */
export async function tariffOf(exchange: YkcExchange): Promise<PileTariff> {
  const { port, pile } = exchange;
  const source = await port.tariffAsked(exchange.origin());
  const fallback = { model: pile.settings.tariff, source: null };
  if (source === null) return fallback;
  try {
    return { model: fromStationTariff(source), source };
  } catch (err) {
    pile.link.warn({ err }, 'the tariff of a pile cannot be told to it; it is told that of the settings');
    return fallback;
  }
}
