import assert from 'node:assert/strict';
import { PERMISSIONS } from './permissions.ts';
import { ROLE_NAMES, ROLES, roleNamed } from './roles.ts';

describe('roles', () => {
  it('lets the control room read the operation, operate stations and acknowledge alarms, and nothing else', () => {
    const beyondReading = ROLES.monitoring.permissions.filter((permission) => !permission.endsWith('.read'));
    assert.deepEqual(beyondReading, ['station.operate', 'alarm.acknowledge']);
    for (const kept of ['user.read', 'audit.read', 'platform.read', 'invoice.read', 'api-key.read'] as const) {
      assert.ok(!ROLES.monitoring.permissions.includes(kept), kept);
    }
  });

  it('gives an administrator every permission that is not a driver’s own', () => {
    const missing = PERMISSIONS.filter((permission) => !ROLES.administrator.permissions.includes(permission));
    assert.deepEqual(missing, ['own-charging.read', 'own-charging.operate']);
  });

  it('opens the login to administrators and the control room only', () => {
    assert.deepEqual(
      ROLE_NAMES.filter((name) => ROLES[name].available),
      ['administrator', 'monitoring'],
    );
  });

  it('names no permission twice and knows no role by an inherited name', () => {
    assert.equal(new Set(PERMISSIONS).size, PERMISSIONS.length);
    assert.equal(roleNamed('constructor'), undefined);
    assert.equal(roleNamed('finance'), ROLES.finance);
  });
});
