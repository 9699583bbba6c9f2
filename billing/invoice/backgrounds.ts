import type { Uuid } from '@voltpile/kernel/ids';
import type { CdrPeriod, CdrView } from '../contract/cdr.ts';
import type { TariffContent } from '../contract/tariff-content.ts';
import type { CdrSource, TariffSource, TariffVersionRef } from './sources.ts';

/** What a record goes back to, and does not say itself. */
export interface RecordBackground {
  /** By which it was charged; null where that was none. */
  readonly tariff: TariffContent | null;
  /** In which it was charged; its lines name their positions. A credit has those of what it takes back. */
  readonly periods: readonly CdrPeriod[];
}

/** By record. Versions of tariffs and records never change, so that they may be read before anything is locked. */
export async function readBackgrounds(
  { cdrs, tariffs }: { readonly cdrs: CdrSource; readonly tariffs: TariffSource },
  records: readonly CdrView[],
): Promise<ReadonlyMap<Uuid, RecordBackground>> {
  const named = new Map<string, TariffVersionRef>();
  for (const { tariff } of records) if (tariff !== null) named.set(keyOf(tariff), tariff);
  const takenBack = records.flatMap(({ creditsCdrId }) => creditsCdrId ?? []);
  const [contents, originals] = await Promise.all([
    named.size === 0 ? [] : tariffs.contents([...named.values()]),
    takenBack.length === 0 ? [] : cdrs.get(takenBack),
  ]);
  const byVersion = new Map(contents.map((version) => [keyOf(version), version.content]));
  const periodsOf = new Map(originals.map(({ id, periods }) => [id, periods]));
  return new Map(
    records.map(({ id, tariff, periods, creditsCdrId }) => [
      id,
      {
        tariff: tariff === null ? null : (byVersion.get(keyOf(tariff)) ?? null),
        periods: creditsCdrId === null ? periods : (periodsOf.get(creditsCdrId) ?? []),
      },
    ]),
  );
}

function keyOf({ id, version }: TariffVersionRef): string {
  return `${id} ${version}`;
}
