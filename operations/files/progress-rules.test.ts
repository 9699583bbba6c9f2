import assert from 'node:assert/strict';
import fc from 'fast-check';
import { advance, type RequestProgress } from './progress-rules.ts';

const BEGUN: RequestProgress = { state: 'pending', status: null };

function after(kind: 'firmware-update' | 'log-request', statuses: readonly string[], from = BEGUN): RequestProgress {
  return statuses.reduce((progress, status) => advance(kind, progress, status).progress, from);
}

describe('progress of a firmware update or an upload', () => {
  it('follows the steps in their order', () => {
    const steps = ['DownloadScheduled', 'Downloading', 'Downloaded', 'SignatureVerified', 'Installing'];
    for (const [index, status] of steps.entries()) {
      assert.deepEqual(after('firmware-update', steps.slice(0, index + 1)), { state: 'running', status });
    }
    assert.deepEqual(after('firmware-update', [...steps, 'Installed']), { state: 'succeeded', status: 'Installed' });
    assert.deepEqual(after('log-request', ['Uploading', 'Uploaded']), { state: 'succeeded', status: 'Uploaded' });
  });

  it('is not set back by what comes late', () => {
    assert.deepEqual(after('firmware-update', ['Downloading', 'Installing', 'Downloaded']), {
      state: 'running',
      status: 'Installing',
    });
    assert.equal(advance('firmware-update', { state: 'running', status: 'Installing' }, 'Downloaded').isNews, true);
    assert.equal(after('firmware-update', ['Installed', 'Installing', 'InstallationFailed']).status, 'Installed');
  });

  it('goes on after a failure, for stations try again', () => {
    for (const failure of ['DownloadFailed', 'InvalidSignature', 'InstallationFailed', 'InstallVerificationFailed']) {
      assert.deepEqual(after('firmware-update', ['Downloading', failure]), { state: 'failed', status: failure });
    }
    assert.deepEqual(after('firmware-update', ['Downloading', 'DownloadFailed', 'Downloading']), {
      state: 'running',
      status: 'Downloading',
    });
    assert.equal(after('log-request', ['Uploading', 'UploadFailed', 'Uploading', 'Uploaded']).state, 'succeeded');
    assert.equal(after('log-request', ['Uploading', 'AcceptedCanceled']).state, 'failed');
  });

  it('lets paused downloads go on, and takes either order of reboot and installation', () => {
    assert.equal(after('firmware-update', ['Downloading', 'DownloadPaused', 'Downloading']).status, 'Downloading');
    assert.equal(after('firmware-update', ['InstallRebooting', 'Installing']).status, 'Installing');
    assert.equal(after('firmware-update', ['Installing', 'InstallRebooting']).status, 'InstallRebooting');
  });

  it('knows that an idle station says nothing', () => {
    const running: RequestProgress = { state: 'running', status: 'Downloading' };
    assert.deepEqual(advance('firmware-update', running, 'Idle'), { progress: running, isNews: false });
    assert.deepEqual(advance('log-request', BEGUN, 'Idle'), { progress: BEGUN, isNews: false });
  });

  it('ends well or badly after its time, but does not begin to run again', () => {
    const expired: RequestProgress = { state: 'expired', status: 'InstallScheduled' };
    assert.deepEqual(after('firmware-update', ['Installing'], expired), { state: 'expired', status: 'Installing' });
    assert.equal(after('firmware-update', ['Installing', 'Installed'], expired).state, 'succeeded');
    assert.equal(after('firmware-update', ['InstallationFailed'], expired).state, 'failed');
  });

  it('shows what the station says of a file that has come, which is a success whatever it says', () => {
    const arrived: RequestProgress = { state: 'succeeded', status: null };
    for (const words of [['Uploading'], ['Uploading', 'Uploaded'], ['UploadFailed']]) {
      assert.deepEqual(after('log-request', words, arrived), { state: 'succeeded', status: words.at(-1) });
    }
    assert.equal(after('log-request', ['Uploaded', 'Uploading'], arrived).status, 'Uploaded');
  });

  it('shows words that it does not know', () => {
    assert.deepEqual(after('firmware-update', ['Downloading', 'Unpacking']), { state: 'running', status: 'Unpacking' });
    assert.deepEqual(after('firmware-update', ['Unpacking', 'Installed']), { state: 'succeeded', status: 'Installed' });
  });

  it('changes nothing when something is said twice, and keeps a success for good', () => {
    const word = fc.constantFrom(
      'Idle',
      'Downloading',
      'Downloaded',
      'Installing',
      'Installed',
      'DownloadFailed',
      'InstallationFailed',
      'Whatever',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), word, (words, last) => {
        const once = after('firmware-update', [...words, last]);
        assert.deepEqual(advance('firmware-update', once, last).progress, once);
        if (words.includes('Installed')) assert.deepEqual(once, { state: 'succeeded', status: 'Installed' });
        else assert.equal(once.state === 'succeeded', last === 'Installed');
      }),
    );
  });
});
