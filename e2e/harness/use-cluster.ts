import { needsNatsServer } from '@voltpile/platform/testing/nats-server';
import { type ClusterPlan, ClusterUnderTest } from './cluster-under-test.ts';

const LINES_TOLD = 80;

/**
 * Starts a cluster before the tests of a `describe`, and ends it after them; skips them where there is no broker. When a test fails, the end of the log is told.
 *
 * @param begin is given the cluster when it is there
 */
export function useCluster(plan: ClusterPlan, begin: (cluster: ClusterUnderTest) => Promise<void> | void): void {
  let cluster: ClusterUnderTest | undefined;
  before(async function () {
    cluster = await ClusterUnderTest.start(needsNatsServer(this), plan);
    await begin(cluster);
  });
  after(() => cluster?.[Symbol.asyncDispose]());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(cluster?.log.slice(-LINES_TOLD).join('\n'));
  });
}
