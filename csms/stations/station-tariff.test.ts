import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { MessageOrigin } from '../contract/station-port.ts';
import type { StationPlace, StationTariff, StationTariffsPort } from '../contract/station-tariff.ts';
import { type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';

const rate = { electricity: '1', service: '0' };
const TARIFF: StationTariff = {
  currency: 'CNY',
  rates: { sharp: rate, peak: rate, flat: rate, valley: rate },
  slots: '2'.repeat(48),
};

describe('prices of a station', () => {
  let bench: CsmsBench;
  let origin: MessageOrigin;
  let taken: [place: StationPlace, tariff: StationTariff | null][];
  let tariffOf: StationTariffsPort['tariffOf'];
  before(async () => {
    bench = await createCsmsBench({ settings: { onboarding: 'accept' } });
    origin = bench.origin(await bench.connect('PRICED'));
    bench.csms.setStationTariffs({
      tariffOf: (place) => tariffOf(place),
      taken: async (place, tariff) => {
        taken.push([place, tariff]);
        if (tariff === null) throw new Error('away');
      },
    });
  });
  beforeEach(() => {
    taken = [];
    tariffOf = async () => TARIFF;
  });
  after(() => bench[Symbol.asyncDispose]());

  it('are asked for by its place, and none when whoever knows them fails', async () => {
    let asked: StationPlace | undefined;
    tariffOf = async (place) => {
      asked = place;
      return TARIFF;
    };
    assert.deepEqual(await bench.csms.stationPort.tariffAsked(origin), TARIFF);
    assert.equal(asked?.stationId, 'PRICED');
    tariffOf = async () => {
      throw new Error('away');
    };
    assert.equal(await bench.csms.stationPort.tariffAsked(origin), null);
  });

  it('are passed on when it has them; whatever becomes of that, the station goes on', async () => {
    const { stationPort } = bench.csms;
    await stationPort.tariffTaken({ origin, tariff: TARIFF });
    await stationPort.tariffTaken({ origin, tariff: null });
    await stationPort.tariffTaken({
      origin: { ...origin, station: uuidv7() as MessageOrigin['station'] },
      tariff: TARIFF,
    });
    assert.deepEqual(
      taken.map(([place, tariff]) => [place.stationId, tariff]),
      [
        ['PRICED', TARIFF],
        ['PRICED', null],
      ],
    );
  });
});
