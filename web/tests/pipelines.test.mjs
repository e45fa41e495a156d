// Walks through the pages of pipelines in a real browser: the slider of a line's throughput, by
// mouse, by keyboard and without JavaScript, what axe finds, and narrow screens. `npm test` in
// web/, or `make test-browser` from the root; lib.mjs says what is asked of the environment.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { axe, inBrowser, launch, serious, serve, watched, wide } from './lib.mjs';

let browser;
let server;
let home = ''; // http://127.0.0.1:PORT

const line = '/pipelines/TANAP?step=phase-1';
const narrow = { width: 320, height: 640 };
const tags = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] };
/** The verdicts of a line, by language. */
const fits = { en: /can be carried with every bound kept/, az: /ötürülə bilər/ };
const toomuch = { en: /cannot be carried/, az: /ötürülə bilməz/ };

async function open(page, view, status = 200) {
  const response = await page.goto(home + view);
  assert.equal(response.status(), status, view);
}

/** A walk of a reader of whom nothing is remembered; at the end nothing may have gone wrong. */
function walk(name, { view, context, allow, timeout = 60_000 } = {}, steps) {
  test(name, { timeout }, () => watched(browser, home, context, async (page) => {
    if (view) await open(page, view);
    await steps(page);
  }, { allow }));
}

const slider = (page) => page.locator('#throughput');
const verdict = (page) => page.locator('#verdict').innerText();
const drawn = (page) => page.locator('#profile svg path.line').first().getAttribute('d');
/** Marks a page, so that a load of another shows. */
const mark = (page) => page.evaluate(() => { globalThis.karvanMark = true; });
const marked = (page) => page.evaluate(() => globalThis.karvanMark === true);
/** Waits until the verdict is one. */
const said = (page, words) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector('#verdict')?.textContent ?? ''), words.source);

/** What the slider goes between, and where it stands. */
const bounds = (page) => slider(page).evaluate((e) => ({ min: Number(e.min), max: Number(e.max), value: Number(e.value) }));

/** Leaves so many rows of each table: the others are made as these are, and axe takes long over them. Runs in the page. */
function shorten(most) {
  for (const body of document.querySelectorAll('tbody')) for (const row of [...body.rows].slice(most)) row.remove();
}

/** What stands beyond the right edge, but for what scrolls in a box of its own. Runs in the page. */
function beyond() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return '';
  const out = [];
  for (const e of document.querySelectorAll('main *, footer *')) {
    if (e.getBoundingClientRect().right > width + 1 && !e.parentElement.closest('.scroll, svg') && !e.querySelector('*')) out.push(`${e.tagName.toLowerCase()} ${e.textContent.trim().slice(0, 50)}`);
  }
  return `scrolls to ${document.documentElement.scrollWidth} of ${width}: ${out.slice(0, 3).join(', ')}`;
}

inBrowser('pages of pipelines', () => {
  before(async () => {
    [server, browser] = await Promise.all([serve(), launch({ gl: false })]);
    home = server.home;
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const language of ['en', 'az']) {
    walk(`the slider changes the verdict and the chart without a page load: ${language}`, { view: `/${language}${line}` }, async (page) => {
      await mark(page);
      assert.match(await verdict(page), fits[language], 'at its capacity');
      const [before, { min, max, value }] = [await drawn(page), await bounds(page)];
      assert.ok(min < value && value < max, `${min} ${value} ${max}`);
      await slider(page).fill(String(max));
      await said(page, toomuch[language]);
      assert.ok(await page.locator('#profile ul li').count() > 0, 'no bound is named');
      const much = await drawn(page);
      assert.notEqual(much, before, 'the chart did not change');
      await slider(page).fill(String(value / 2));
      await said(page, fits[language]);
      const half = await drawn(page);
      assert.ok(half !== before && half !== much, 'the chart did not change');
      assert.ok(await marked(page), 'the page was loaded anew');
      // The address is that of what is seen.
      const at = new URL(page.url());
      assert.equal(at.pathname, `/${language}/pipelines/TANAP`);
      assert.ok(Math.abs(Number(at.searchParams.get('throughput')) - value / 2) < 1e-3 * value, at.search);
      assert.equal(at.searchParams.get('step'), 'phase-1');
      await page.reload();
      assert.equal(await drawn(page), half, 'the address shows another state');
      assert.match(await verdict(page), fits[language]);
    });
  }

  walk('however fast the slider moves, what is seen at the end is where it stands', { view: `/en${line}` }, async (page) => {
    const { max } = await bounds(page);
    await slider(page).evaluate((e, max) => {
      for (let i = 1; i <= 60; i++) {
        e.value = String((max * i) / 61);
        e.dispatchEvent(new Event('input', { bubbles: true }));
      }
      e.value = String(max / 3);
      e.dispatchEvent(new Event('input', { bubbles: true }));
    }, max);
    await page.waitForFunction((want) => Math.abs(Number(new URL(location.href).searchParams.get('throughput')) - want) < 1e-6 * want, max / 3);
    await page.waitForTimeout(300); // an earlier answer that comes late would show by now
    const [d, url] = [await drawn(page), page.url()];
    await open(page, url.slice(home.length));
    assert.equal(await drawn(page), d);
  });

  walk('the keyboard moves the slider', { view: `/en${line}` }, async (page) => {
    await mark(page);
    for (let i = 0; i < 60 && (await page.evaluate(() => document.activeElement?.id)) !== 'throughput'; i++) await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'throughput', 'Tab does not reach the slider');
    const outline = await slider(page).evaluate((e) => getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2);
    assert.ok(outline, 'the slider does not show that it has the focus');
    assert.ok(await page.locator('label[for=throughput]').isVisible(), 'the slider has no label');
    const { value, max } = await bounds(page);
    await page.keyboard.press('ArrowLeft');
    const less = (await bounds(page)).value;
    assert.ok(less < value && less > value - max / 10, `from ${value} to ${less}`);
    await page.waitForFunction((v) => Math.abs(Number(new URL(location.href).searchParams.get('throughput')) - v) < 1e-3 * v, less);
    await page.keyboard.press('End');
    await said(page, toomuch.en);
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('#verdict') && Number(new URL(location.href).searchParams.get('throughput')) < 1);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'throughput', 'the focus is lost');
    assert.ok(await marked(page), 'the page was loaded anew');
  });

  walk('another step is another page, with the capacity of that step', { view: `/en${line}` }, async (page) => {
    const { max } = await bounds(page);
    await Promise.all([page.waitForURL(/step=phase-2/), page.locator('#step').selectOption('phase-2')]);
    await page.waitForLoadState();
    assert.match(await verdict(page), fits.en);
    assert.ok((await bounds(page)).max > max * 1.2, 'the slider ends where it did');
    assert.equal(await page.locator('#step').inputValue(), 'phase-2');
  });

  walk('what is announced stays one region, and the chart stays where it was scrolled to', { view: `/en${line}`, context: { viewport: narrow } }, async (page) => {
    const scrolled = await page.locator('#profile figure .scroll').evaluate((e) => (e.scrollLeft = 150, e.scrollLeft));
    await page.evaluate(() => { globalThis.karvanLive = document.querySelector('#verdict'); });
    const { max } = await bounds(page);
    await slider(page).fill(String(max));
    await said(page, toomuch.en);
    // A live region that is put in anew with its text is not read out.
    assert.ok(await page.evaluate(() => globalThis.karvanLive.isConnected), 'the live region was replaced');
    if (scrolled > 0) assert.equal(await page.locator('#profile figure .scroll').evaluate((e) => e.scrollLeft), scrolled, 'the chart jumped back');
  });

  walk('an answer that does not come is no error of the page, and the next one is shown', { view: `/en${line}`, allow: (text) => /Failed to load resource|net::ERR/.test(text) }, async (page) => {
    const { max, value } = await bounds(page);
    await page.route('**/pipelines/TANAP?*', (route) => route.abort());
    await slider(page).fill(String(max));
    await page.waitForTimeout(300);
    await page.unroute('**/pipelines/TANAP?*');
    await slider(page).fill(String(value / 2));
    await page.waitForFunction((v) => Math.abs(Number(new URL(location.href).searchParams.get('throughput')) - v) < 1e-3 * v, value / 2);
    assert.match(await verdict(page), fits.en);
  });

  walk('without JavaScript the button asks', { view: `/en${line}`, context: { javaScriptEnabled: false } }, async (page) => {
    const value = Number(await slider(page).inputValue());
    const before = await drawn(page);
    const show = page.locator('#throughput-form button');
    assert.ok(await show.isVisible(), 'no button');
    await slider(page).fill(String(value * 1.3));
    await Promise.all([page.waitForEvent('load'), show.click()]);
    assert.match(await verdict(page), toomuch.en);
    assert.notEqual(await drawn(page), before);
    assert.ok(Math.abs(Number(await slider(page).inputValue()) - value * 1.3) < 0.01 * value, 'the slider jumped back');
    await page.locator('#step').selectOption('phase-3');
    await slider(page).fill(String(value / 2));
    await Promise.all([page.waitForEvent('load'), show.click()]);
    assert.match(await verdict(page), fits.en);
    assert.equal(await page.locator('#step').inputValue(), 'phase-3');
    // Not moved at all, it says the same again.
    await open(page, '/en/pipelines/TANAP?step=phase-2');
    assert.match(await verdict(page), fits.en);
    await Promise.all([page.waitForEvent('load'), show.click()]);
    assert.match(await verdict(page), fits.en, 'the button alone turns "can" into "cannot"');
  });

  for (const language of ['en', 'az']) {
    walk(`axe finds nothing serious, light and dark: ${language}`, { context: { reducedMotion: 'reduce' } }, async (page) => {
      const found = [];
      for (const view of ['/pipelines', line, '/pipelines/BTC?throughput=1500000']) {
        await open(page, `/${language}${view}`);
        await page.evaluate(shorten, 6);
        await page.evaluate(axe);
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          found.push(...await serious(page, `${view} ${colorScheme}`, tags));
        }
        await page.emulateMedia({ colorScheme: 'light' });
      }
      assert.deepEqual(found, []);
    });

    walk(`nothing scrolls sideways at 320 px and at 200 %: ${language}`, {}, async (page) => {
      const found = [];
      for (const view of ['/pipelines', line, '/pipelines/BTC?throughput=1500000', '/pipelines/IGDIR-NAKHCHIVAN']) {
        for (const viewport of [narrow, { width: wide.width / 2, height: wide.height / 2 }]) {
          await page.setViewportSize(viewport);
          await open(page, `/${language}${view}`);
          const wrong = await page.evaluate(beyond);
          if (wrong) found.push(`${view} at ${viewport.width}: ${wrong}`);
        }
      }
      assert.deepEqual(found, []);
    });
  }

  walk('a line that is not there, and a throughput that is none, are told as pages', { allow: (text) => /Failed to load resource/.test(text) }, async (page) => {
    await open(page, '/en/pipelines/NOWHERE', 404);
    await open(page, '/en/pipelines/TANAP?throughput=much', 400);
    assert.equal(await page.locator('h1').count(), 1);
  });
});
