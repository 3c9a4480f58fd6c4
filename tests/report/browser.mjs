// What a browser makes of pages: `node browser.mjs FOLDER`, with the paths of pages as a JSON list on stdin. Prints for each page, as JSON, what it
// asked for, what it complained of, where its links lead, what axe-core finds, what does not fit, which texts of drawings overlap, and what is on
// paper, of which a PDF is put into FOLDER. It judges nothing.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(join(root, 'target/node/'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Narrow as a phone, as half a screen, as a whole one. */
const WIDTHS = [360, 800, 1600];

/** Milliseconds that anything may take, on a machine that has much else to do. */
const PATIENCE = 300_000;

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
// Chromium's own sandbox does not work for root, nor in most containers. The pages are our own.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: PATIENCE });
const folder = process.argv[2];
const pages = JSON.parse(readFileSync(0, 'utf8'));
const looked = [];
const next = pages.entries();
// The two share the iterator, and take from it whatever is next.
const worker = async () => {
  for (const [at, path] of next) looked[at] = await look(path);
};
await Promise.all([worker(), worker()]);
await browser.close();
console.log(JSON.stringify(looked));

async function look(path) {
  const url = pathToFileURL(path).href;
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const requests = [];
  const complaints = [];
  page.on('request', (request) => request.url() === url || requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  const found = { path, requests, complaints, drawings: await page.evaluate(drawings) };
  if (path.endsWith('.html')) {
    Object.assign(found, await page.evaluate(contents));
    found.wide = {};
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      found.wide[width] = await page.evaluate(tooWide);
    }
    found.violations = [];
    for (const [colorScheme, width] of [['light', 1280], ['dark', 360]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      found.violations.push(...(await page.evaluate(violations, axe)).map((said) => `${colorScheme}, ${width}: ${said}`));
    }
    // Paper is light, whatever screens are.
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    found.tables = await page.evaluate(tables);
    found.pdf = join(folder, `${basename(path)}.pdf`);
    await page.pdf({ path: found.pdf, format: 'A4', preferCSSPageSize: true });
  }
  await context.close();
  return found;
}

/** Where links lead, which ids there are, and all that can be read. */
function contents() {
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  const links = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '');
  const isThere = (link) => link.startsWith('#') && ids.includes(decodeURIComponent(link.slice(1)));
  document.querySelectorAll('details').forEach((details) => (details.open = true));
  return {
    text: document.body.textContent,
    tags: [...new Set([...document.querySelectorAll('body *')].map((element) => element.localName))].sort(),
    links: links.length,
    dangling: links.filter((link) => !isThere(link)),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
  };
}

/** What reaches beyond the window, but for what can be scrolled on its own. */
function tooWide() {
  const isScrolled = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement) {
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(above).overflowX)) return true;
    }
    return false;
  };
  const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
  const named = wide.filter((element) => !isScrolled(element)).map((element) => element.outerHTML.slice(0, 120));
  return document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} pixels`, ...named] : named;
}

async function violations(source) {
  if (!window.axe) (0, eval)(source);
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary})`));
}

/** For each drawing, how many texts it has, and which of them overlap or are cut off. */
function drawings() {
  return [...document.querySelectorAll('svg')].map((svg) => {
    const said = (text) => [...text.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join('');
    const boxes = [...svg.querySelectorAll('text')].map((text) => ({ text: said(text), box: text.getBoundingClientRect() }));
    const edge = svg.getBoundingClientRect();
    const isCut = ({ box }) => box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom;
    const overlap = [];
    boxes.forEach((one, at) => {
      for (const other of boxes.slice(at + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 0.5 && down > 0.5) overlap.push(`${one.text} / ${other.text}`);
      }
    });
    return { texts: boxes.length, overlap, cut: boxes.filter(isCut).map(({ text }) => text) };
  });
}

/** All tables as they will be on paper: their headings, where they have a line for them, and the words of each row. */
function tables() {
  const cell = (cell) => {
    const column = getComputedStyle(cell, '::before').content;
    const label = cell.dataset.column !== undefined && column !== 'none' ? `${cell.dataset.column}: ` : '';
    return getComputedStyle(cell).display === 'none' ? '' : label + cell.textContent;
  };
  const words = (row) => [...row.cells].map(cell).join(' ');
  return [...document.querySelectorAll('table')].map((table) => ({
    heading: getComputedStyle(table.tHead).display === 'none' ? '' : words(table.tHead.rows[0]),
    rows: [...table.tBodies[0].rows].map(words),
  }));
}
