import { writeFile } from 'node:fs/promises';
import { COVERAGE_FILE } from './coverage-file.ts';
import { toMarkdown } from './markdown.ts';
import { OCPP16, OCPP21, OCPP201 } from './versions.ts';
import { YKC_PAGE_FILE, ykcPage } from './ykc-page.ts';

await writeFile(COVERAGE_FILE, toMarkdown([OCPP16, OCPP201, OCPP21]));
await writeFile(YKC_PAGE_FILE, ykcPage());
