// `node scripts/pictures.mjs` makes the pictures of docs/pictures anew: the report of recipes/journalist, as a browser shows it. Run `cargo build`
// first; it needs what `scripts/install-tools` installs. Look at them before you commit them.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { chromium } = createRequire(join(root, 'target/node/'))('playwright-core');
const pictures = join(root, 'docs/pictures');
const pageFile = join(mkdtempSync(join(tmpdir(), 'halite-pictures-')), 'report.html');

/** Each picture: the section that it begins with, how wide and high, in which colours. */
const PICTURES = {
  'report.png': ['map', 1440, 1100, 'light'],
  'report-dark.png': ['bypass-review', 1280, 1000, 'dark'],
  'report-narrow.png': ['boundary-map.alder', 360, 1000, 'light'],
};

execFileSync(join(root, 'target/debug/halite'), ['report', 'recipes/journalist', '--no-labels', '--html', '--output', pageFile], { cwd: root });
mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, [section, width, height, colorScheme]] of Object.entries(PICTURES)) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(`${pathToFileURL(pageFile).href}#${section}`);
  await page.screenshot({ path: join(pictures, name) });
  await page.close();
}
await browser.close();
