import { type CoverageRow, type CoverageStatus, coverageOf, type VersionTables } from './coverage.ts';

const INTRODUCTION = `# What becomes of each OCPP message

Made by \`npm run docs:coverage\` from the action tables (\`ocpp/actions/\`) and the tables of the dialects (\`station-gateway/protocols/\`); a test
fails when it is not what the code says.

- **handled**: from a station, it is told to the domain in neutral words, by an operation of its own that keeps it and does what it asks
  for; to a station, it is sent by the neutral commands named beside it, under their rules.
- **stored only**: checked, kept and told as an event; it changes nothing else, and where an answer is due, it says honestly that nobody
  here can do what is asked.
- **raw call**: has no neutral command; it can be sent as it is by its OCPP name (permission \`station.raw-call\`).
- **missing**: not spoken yet.
`;

const STATUSES: readonly CoverageStatus[] = ['handled', 'stored only', 'raw call', 'missing'];

/** The coverage of all versions as a Markdown page. */
export function toMarkdown(versions: readonly VersionTables[]): string {
  const covered = versions.map((version) => ({ name: version.name, rows: coverageOf(version) }));
  const summary = [
    `| version | direction | ${STATUSES.join(' | ')} |`,
    `|---|---|${STATUSES.map(() => '---:').join('|')}|`,
    ...covered.flatMap(({ name, rows }) =>
      (['from-station', 'to-station'] as const).map((direction) => {
        const counts = STATUSES.map(
          (status) => rows.filter((row) => row.direction === direction && row.status === status).length,
        );
        return `| ${name} | ${words(direction)} | ${counts.join(' | ')} |`;
      }),
    ),
  ];
  return [INTRODUCTION, ...summary, ...covered.map(({ name, rows }) => section(name, rows)), ''].join('\n');
}

function section(name: string, rows: readonly CoverageRow[]): string {
  const up = rows.filter(({ direction }) => direction === 'from-station');
  const down = rows.filter(({ direction }) => direction === 'to-station');
  return [
    `\n## ${name}`,
    '| from station | feature | status |',
    '|---|---|---|',
    ...up.map((row) => `| ${title(row)} | ${row.feature} | ${row.status} |`),
    '',
    '| to station | feature | status | commands |',
    '|---|---|---|---|',
    ...down.map(
      (row) =>
        `| ${title(row)} | ${row.feature} | ${row.status} | ${row.commands.map((command) => `\`${command}\``).join(', ')} |`,
    ),
  ].join('\n');
}

function title({ action, isSend }: CoverageRow): string {
  return isSend ? `${action} (SEND)` : action;
}

function words(direction: CoverageRow['direction']): string {
  return direction === 'from-station' ? 'from station' : 'to station';
}
