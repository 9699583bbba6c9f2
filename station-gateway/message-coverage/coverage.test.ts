import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { COMMAND_ACTIONS } from '@voltpile/csms/contract/commands';
import { type CoverageRow, type CoverageStatus, coverageOf } from './coverage.ts';
import { COVERAGE_FILE } from './coverage-file.ts';
import { toMarkdown } from './markdown.ts';
import { OCPP16, OCPP21, OCPP201 } from './versions.ts';

const SPOKEN = [OCPP16, OCPP201];
const named = (rows: readonly CoverageRow[], wanted: CoverageStatus) =>
  rows
    .filter(({ status }) => status === wanted)
    .map(({ action }) => action)
    .sort();

/** Where a fact that is only stored would be a hole. */
const NEVER_ONLY_STORED = [
  'authorization',
  'availability',
  'core',
  'firmware-management',
  'local-auth-list-management',
  'meter-values',
  'provisioning',
  'remote-control',
  'remote-trigger',
  'reservation',
  'security',
  'smart-charging',
  'transactions',
];

describe('the coverage of OCPP', () => {
  it('is what docs/ocpp-coverage.md says (else: npm run docs:coverage)', async () => {
    assert.equal(await readFile(COVERAGE_FILE, 'utf8'), toMarkdown([OCPP16, OCPP201, OCPP21]));
  });

  it('misses no message of 1.6 and 2.0.1, in either direction', () => {
    for (const version of SPOKEN) {
      const rows = coverageOf(version);
      assert.deepEqual(
        rows.filter(({ status }) => status === 'missing'),
        [],
        version.name,
      );
    }
  });

  it('has a row for each direction of each action, and nothing that the version does not have', () => {
    for (const version of [OCPP16, OCPP201, OCPP21]) {
      const rows = coverageOf(version);
      const ways = version.actions.reduce((sum, { direction }) => sum + (direction === 'both' ? 2 : 1), 0);
      assert.equal(new Set(rows.map(({ action, direction }) => `${action} ${direction}`)).size, ways);
      const known = (direction: CoverageRow['direction']) =>
        new Set(rows.filter((row) => row.direction === direction).map(({ action }) => action));
      for (const { action } of version.messages) assert.ok(known('from-station').has(action), action);
      for (const { action } of version.commands) assert.ok(known('to-station').has(action), action);
    }
  });

  it('stores only what this list says', () => {
    assert.deepEqual(named(coverageOf(OCPP16), 'stored only'), []);
    assert.deepEqual(named(coverageOf(OCPP201), 'stored only'), [
      'Get15118EVCertificate',
      'GetCertificateStatus',
      'NotifyCustomerInformation',
      'NotifyDisplayMessages',
    ]);
  });

  it('sends these as raw calls, and no other', () => {
    assert.deepEqual(named(coverageOf(OCPP16), 'raw call'), []);
    assert.deepEqual(named(coverageOf(OCPP201), 'raw call'), [
      'ClearDisplayMessage',
      'CustomerInformation',
      'DataTransfer',
      'GetDisplayMessages',
      'PublishFirmware',
      'SetDisplayMessage',
      'SetNetworkProfile',
      'UnpublishFirmware',
    ]);
  });

  it('knows all of 2.1, and speaks none of it yet', () => {
    const rows = coverageOf(OCPP21);
    assert.equal(new Set(rows.map(({ action }) => action)).size, 91);
    assert.ok(rows.every(({ status }) => status === 'missing'));
  });

  it('stores only nothing that people and money depend on', () => {
    const features = new Set(SPOKEN.flatMap(({ actions }) => actions.map(({ feature }) => feature)));
    for (const feature of NEVER_ONLY_STORED) assert.ok(features.has(feature), `there is no feature ${feature}`);
    for (const version of SPOKEN) {
      for (const { action, feature, status } of coverageOf(version)) {
        assert.ok(status !== 'stored only' || !NEVER_ONLY_STORED.includes(feature), `${version.name}: ${action}`);
      }
    }
  });

  it('calls stored only exactly what goes to the domain as a mere fact', () => {
    for (const { name, messages } of SPOKEN) {
      for (const message of messages) {
        const { action, isStoredOnly, handle } = message as typeof message & { handle: () => unknown };
        assert.equal(handle.toString().includes('factReported'), isStoredOnly === true, `${name}: ${action}`);
      }
    }
  });

  it('carries every neutral command in at least one version, but for one that piles of other protocols know', () => {
    const carried = new Set(SPOKEN.flatMap((version) => coverageOf(version).flatMap(({ commands }) => commands)));
    assert.deepEqual(
      COMMAND_ACTIONS.filter((action) => !carried.has(action)),
      ['apply-tariff'],
    );
  });

  it('tells a message without a handler, a raw call and a shared action as what they are', () => {
    const rows = coverageOf({
      name: 'OCPP 9',
      actions: [
        { action: 'Both', direction: 'both', feature: 'a' },
        { action: 'Down', direction: 'to-station', feature: 'a' },
        { action: 'Lost', direction: 'to-station', feature: 'b' },
        { action: 'Kept', direction: 'from-station', feature: 'b', isSend: true },
        { action: 'Up', direction: 'from-station', feature: 'b' },
      ],
      messages: [{ action: 'Up' }, { action: 'Kept', isStoredOnly: true }],
      commands: [
        { action: 'Down', command: 'get-log' },
        { action: 'Down', command: 'get-diagnostics' },
        { action: 'Down', command: 'raw-call' },
        { action: 'Both', command: 'raw-call' },
      ],
    });
    const told = rows.map(({ action, direction, status, commands }) => [action, direction, status, commands]);
    assert.deepEqual(told, [
      ['Both', 'from-station', 'missing', []],
      ['Kept', 'from-station', 'stored only', []],
      ['Up', 'from-station', 'handled', []],
      ['Both', 'to-station', 'raw call', []],
      ['Down', 'to-station', 'handled', ['get-diagnostics', 'get-log']],
      ['Lost', 'to-station', 'missing', []],
    ]);
    assert.match(toMarkdown([{ ...OCPP21, messages: [], commands: [] }]), /\| NotifyPeriodicEventStream \(SEND\) \|/);
  });
});
