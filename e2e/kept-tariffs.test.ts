import assert from 'node:assert/strict';
import { BarePile } from './harness/bare-pile.ts';
import { blocksOf, LOG_IN, REGISTER, readGuide, sectionsOf } from './harness/guide.ts';
import { GUIDE_ADMIN, GuideShell, needsGuideTools } from './harness/guide-shell.ts';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

const PILE = '32010600010001';

describe('kept tariffs', function () {
  this.timeout(60_000);
  before(function () {
    needsGuideTools(this);
  });
  for (const ports of PORT_STYLES) {
    it(`do what the guide says (ports: ${ports})`, async () => {
      const config = { adminEmail: GUIDE_ADMIN.email, adminPassword: GUIDE_ADMIN.password };
      await using server = await startInProcess({ ports, config });
      await using shell = await GuideShell.open(server);
      const start = sectionsOf(await readGuide('getting-started.md'), LOG_IN, REGISTER);
      await shell.follow(blocksOf(start));
      const answers = await shell.follow(blocksOf(await readGuide('tariffs.md')));
      const bodies = answers as Record<string, unknown>[];
      const [tariff, priced] = bodies;
      assert.deepEqual([tariff?.name, tariff?.currentVersion], ['Standard', 1]);
      assert.deepEqual([priced?.exclVat, priced?.inclVat], ['8', '9.52']);
      const rates = bodies.find(({ form }) => form === 'half-hour') as { halfHourModel: { slots: string } } | undefined;
      assert.equal(rates?.halfHourModel.slots.length, 48);
      const holding = bodies.find(({ chosen }) => chosen !== undefined) as
        | { chosen: { assignment: { tariffName: string } }; others: { assignment: { tariffName: string } }[] }
        | undefined;
      assert.equal(holding?.chosen.assignment.tariffName, 'Half hours');
      assert.deepEqual(
        holding?.others.map(({ assignment }) => assignment.tariffName),
        ['Standard'],
      );
      const archived = bodies.at(-1) as { items: { name: string }[] };
      assert.deepEqual(
        archived.items.map(({ name }) => name),
        ['Half hours'],
      );
      assert.deepEqual(server.log, []);
    });

    it(`reach a pile that asks for its prices (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const api = await server.login();
      await api.post('/stations', { id: PILE, password: null });
      const [site] = await api.all<{ readonly id: string }>('/sites');
      await api.patch(`/sites/${site?.id}`, { currency: 'CNY' });
      await using pile = await BarePile.enter(server.ykc, PILE, { offsetMinutes: 0 });
      /** 0x0A: pile, number of the model, then prices of a kWh in 0.00001 yuan and shares, and the slots. */
      const told = async () => {
        const body = await pile.askForTariff();
        return { sharp: body.readUInt32LE(9), slots: [...body.subarray(-48)].join('') };
      };
      assert.deepEqual(await told(), { sharp: 0, slots: '2'.repeat(48) });
      const rate = (electricity: string) => ({ electricity, service: '0.4' });
      const slots = `${'0'.repeat(12)}${'3'.repeat(36)}`;
      const tariff = { currency: 'CNY', rates: { sharp: rate('1.2'), valley: rate('0.3') }, slots };
      const { id: tariffId } = await api.post<{ id: string }>('/tariffs', { name: '分时', tariff });
      await api.post('/tariff-assignments', { tariffId, target: { kind: 'station', stationId: PILE } });
      assert.deepEqual(await told(), { sharp: 120_000, slots });
      assert.deepEqual(server.log, []);
    });
  }
});
