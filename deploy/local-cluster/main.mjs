// Plain JavaScript that an old Node can read: everything else is TypeScript, which needs Node 24.
var major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  process.stderr.write(
    'The cluster needs Node 24 or newer, but this is Node ' +
      process.versions.node +
      '.\nStart it with "npm run cluster": that uses the Node 24 which "npm ci" has installed.\n',
  );
  process.exit(1);
} else {
  import('./main.ts');
}
