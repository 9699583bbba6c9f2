/**
 * The walls between the rooms. Each room says what it may import; everything else of ours is forbidden. npm packages and Node's own
 * modules are free, except that the leaf imports nothing at all.
 */
const ROOMS = [
  'kernel',
  'ocpp',
  'ykc',
  'csms',
  'station-gateway',
  'operations',
  'billing',
  'admin-api',
  'platform',
  'server',
  'simulators',
  'deploy',
  'e2e',
  'bench',
];

/** Room → folders of ours that it may import, besides itself. */
const MAY_IMPORT = {
  kernel: [],
  ocpp: ['kernel'],
  ykc: ['kernel'],
  platform: ['kernel'],
  csms: ['platform', 'kernel'],
  'station-gateway': ['ocpp', 'ykc', 'csms/contract', 'platform', 'kernel'],
  operations: ['csms/contract', 'platform', 'kernel'],
  billing: ['csms/contract', 'platform', 'kernel'],
  'admin-api': ['[^/]+/contract', 'platform', 'kernel'],
  simulators: ['ocpp/(?!rpc/)[^/]+', 'ykc', 'kernel'],
  server: ROOMS.filter((room) => !['deploy', 'e2e', 'bench'].includes(room)),
  deploy: ['server', 'platform', 'kernel'],
  e2e: ROOMS,
  bench: ROOMS,
};

const ANY_ROOM = `^(${ROOMS.join('|')})/`;
const TEST_CODE = '\\.(test|soak)\\.ts$';

const walls = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  name: `${room}-walls`,
  comment: `${room} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    path: ANY_ROOM,
    pathNot: [room, ...allowed].map((folder) => `^${folder}/`),
  },
}));

module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'kernel-is-a-leaf',
      comment: 'kernel imports nothing but Node itself',
      severity: 'error',
      from: { path: '^kernel/', pathNot: TEST_CODE },
      to: { path: '(^|/)node_modules/' },
    },
    {
      name: 'contracts-stand-alone',
      comment: 'a contract is what other rooms import: only contracts, kernel and zod',
      severity: 'error',
      from: { path: '^([^/]+)/contract/', pathNot: TEST_CODE },
      to: { path: ANY_ROOM, pathNot: ['^[^/]+/contract/', '^kernel/'] },
    },
    {
      name: 'no-tests-in-code',
      comment: 'code does not import tests or their helpers',
      severity: 'error',
      from: { pathNot: ['\\.(test|soak)\\.ts$', '/testing/', '^e2e/', '^bench/'] },
      to: { path: [TEST_CODE, '^[^/]+/testing/'] },
    },
    {
      name: 'no-cycles',
      comment: 'modules must not need each other to load; types may refer to each other',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that is not found is not checked, so it must not exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(coverage|data)/' },
    // Type-only imports are dependencies, too: they tie rooms together.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
