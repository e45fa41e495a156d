// What the walks through the pages share: how the program and the browser are
// started, how a walk is watched, and what axe finds.
//
// KARVAN_BIN      the program (../bin/karvan)
// KARVAN_RESULT   a result with base, btk-5mt and alat-25mt in 2020 and 2030 (test-results/study.gpkg)
// CHROMIUM        the browser, where it is not on the PATH under a usual name
// KARVAN_REQUIRE  set: a missing browser is a failure, not a skip
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const shots = path.join(web, 'test-results');
export const result = path.resolve(web, process.env.KARVAN_RESULT ?? 'test-results/study.gpkg');
const program = path.resolve(web, process.env.KARVAN_BIN ?? '../bin/karvan');
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
const withGL = ['--enable-unsafe-swiftshader', '--use-angle=swiftshader', '--ignore-gpu-blocklist'];
export const patience = 20_000;
export const wide = { width: 1280, height: 800 };
export const phone = { width: 375, height: 800 };
export const languages = ['en', 'az', 'tr', 'ru'];

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not in this folder
      }
    }
  }
  return null;
}

const executablePath = findChromium();

/** Tests that need a browser: left out where there is none, unless one is required. */
export function inBrowser(name, tests) {
  if (executablePath) return describe(name, tests);
  test(`${name} in a browser`, { skip: process.env.KARVAN_REQUIRE ? false : 'no Chromium found: install chromium, or set CHROMIUM to one' }, () => {
    assert.fail('no Chromium found, and KARVAN_REQUIRE is set: install chromium, or set CHROMIUM to one');
  });
}

/** Runs the program, and gives what it prints. */
export const karvan = (...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Starts the browser; drawing maps in software costs every page, so that it is asked for. */
export function launch({ gl }) {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({ executablePath, args: [...flags, ...(gl ? withGL : ['--disable-gpu'])] });
}

/**
 * Serves a result or a study, with a register of its own in a new folder, so
 * that nobody's own register is touched. Gives the address that the program
 * prints, how to stop it, and the folder of the register. More are flags.
 */
export async function serve(what = result, more = []) {
  for (const [file, how] of [[program, 'make build'], ...(what.endsWith('.gpkg') ? [[what, 'make test-browser']] : [])]) {
    if (!existsSync(file)) throw new Error(`there is no ${path.relative(web, file)}: ${how} makes it`);
  }
  const data = mkdtempSync(path.join(os.tmpdir(), 'karvan-test-'));
  const server = spawn(program, ['serve', what, ...(more.includes('--addr') ? [] : ['--addr', '127.0.0.1:0']), ...more], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_DATA_HOME: data } });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGINT');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const home = await new Promise((resolve, reject) => {
      let out = '';
      const late = setTimeout(() => reject(new Error(`the server printed no address in ${patience} ms: ${out}`)), patience);
      server.stdout.on('data', (chunk) => {
        out += chunk;
        const found = out.match(/http:\/\/127\.0\.0\.1:\d+(?=\/)/);
        if (!found) return;
        clearTimeout(late);
        resolve(found[0]);
      });
      server.stderr.on('data', (chunk) => (out += chunk));
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${out}`)));
      server.once('error', reject);
    });
    return { home, stop, data };
  } catch (e) {
    await stop();
    throw e;
  }
}

/**
 * A reader: a context with a page. Whatever goes wrong behind the scenes or is
 * asked of another origin is kept, and told by check.
 */
export async function reader(browser, home, context) {
  const ctx = await browser.newContext({ viewport: wide, locale: 'en-GB', colorScheme: 'light', acceptDownloads: true, ...context });
  let faults = [];
  let others = new Set();
  const seen = (address) => {
    const url = new URL(address);
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== new URL(home).host) others.add(url.origin);
  };
  ctx.on('request', (r) => seen(r.url()));
  ctx.on('page', (p) => {
    p.setDefaultTimeout(patience);
    p.on('console', (m) => {
      if (m.type() === 'error') faults.push(`console: ${m.text()} ${m.location().url}`);
    });
    p.on('pageerror', (e) => faults.push(`page: ${e.stack ?? e}`));
    p.on('websocket', (w) => seen(w.url()));
  });
  return {
    ctx,
    check(allow = () => false) {
      const wrong = [faults.filter((f) => !allow(f)), [...others]];
      faults = [];
      others = new Set();
      assert.deepEqual(wrong[0], [], 'errors in the page');
      assert.deepEqual(wrong[1], [], 'requests to other origins');
    },
  };
}

/** Runs steps as a fresh reader; at the end nothing may have gone wrong. */
export async function watched(browser, home, context, steps, { allow, prepare } = {}) {
  const { ctx, check } = await reader(browser, home, context);
  try {
    await prepare?.(ctx);
    await steps(await ctx.newPage(), ctx);
    check(allow);
  } finally {
    await ctx.close();
  }
}

export const axe = readFileSync(path.join(web, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds that is serious or critical; the page must hold axe already. */
export async function serious(page, where, options = {}) {
  const violations = await page.evaluate(async (options) => {
    const report = await globalThis.axe.run(document, { resultTypes: ['violations'], ...options });
    return report.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.length, first: v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')}: ${n.any.concat(n.all, n.none)[0]?.message ?? ''}`) }));
  }, options);
  return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${where}: ${v.id} (${v.impact}, ${v.nodes} places): ${v.first.join(' | ')}`);
}

/** The rows of a CSV, as objects by their headings. */
export function parse(raw, separator = ',') {
  const text = raw.toString('utf8').replace(/^\ufeff/, '');
  const rows = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator || c === '\n') {
      rows.at(-1).push(cell.replace(/\r$/, ''));
      cell = '';
      if (c === '\n') rows.push([]);
    } else cell += c;
  }
  if (cell !== '' || rows.at(-1).length) rows.at(-1).push(cell);
  if (!rows.at(-1).length) rows.pop();
  const [head, ...lines] = rows;
  return lines.map((line) => Object.fromEntries(head.map((k, i) => [k, line[i]])));
}
