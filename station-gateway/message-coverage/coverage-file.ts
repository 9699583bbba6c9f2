/** The committed page. */
export const COVERAGE_FILE = new URL('../../docs/ocpp-coverage.md', import.meta.url);
