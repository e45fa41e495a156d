// Walks through the page in a real browser, against a real result of the
// built-in study: `npm test` in web/, or `make test-browser` from the root.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { axe, inBrowser, launch, parse, patience, phone, serious, serve, shots, watched, wide } from './lib.mjs';

let browser;
let ruler; // an empty page that compares pictures
let server;
let home = ''; // http://127.0.0.1:PORT

async function api(name, query = {}) {
  const response = await fetch(`${home}/api/${name}?${new URLSearchParams(query)}`);
  assert.equal(response.status, 200, `${name} ${JSON.stringify(query)}`);
  return response.json();
}

/** The map is there to be used; gives the milliseconds until its first picture, as it says. */
async function drawn(page) {
  await page.waitForSelector('[data-testid=map][data-live]', { timeout: patience });
  return Number(await page.getAttribute('[data-testid=map]', 'data-drawn'));
}

const at = (page, id) => page.getByTestId(id);
const rowsOf = (page, id) => page.locator(`[data-testid=${id}] tbody tr`);
const shot = (page, name) => page.screenshot({ path: path.join(shots, `${name}.png`) });
/** A figure as the page writes it. */
const figure = (text) => Number(text.replace(/[\u2009\u00a0\s]/g, '').replace('−', '-').replace('+', ''));

/**
 * One walk: a fresh reader (own context) opens a view, and at the end nothing
 * may have gone wrong behind the scenes or been asked of another host.
 */
function walk(name, { view = '/en/map', context = {}, before: prepare, allow = () => false, timeout = 90_000 } = {}, steps) {
  test(name, { timeout }, (t) => watched(browser, home, context, async (page, ctx) => {
    if (view) {
      await page.goto(home + (typeof view === 'function' ? await view() : view));
      await drawn(page);
    }
    await steps(page, t, ctx);
  }, { allow, prepare }));
}

/** The share of pixels that differ clearly between two PNGs of one size; a scale below 1 overlooks shifts of a pixel. */
function differing(a, b, scale = 1) {
  return ruler.evaluate(async ([a, b, scale]) => {
    const read = async (text) => {
      const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob());
      const [w, h] = [Math.round(image.width * scale), Math.round(image.height * scale)];
      const g = new OffscreenCanvas(w, h).getContext('2d');
      g.imageSmoothingQuality = 'high';
      g.drawImage(image, 0, 0, w, h);
      return g.getImageData(0, 0, w, h);
    };
    const [x, y] = [await read(a), await read(b)];
    if (x.width !== y.width || x.height !== y.height) return 1;
    let n = 0;
    for (let i = 0; i < x.data.length; i += 4) {
      if (Math.abs(x.data[i] - y.data[i]) + Math.abs(x.data[i + 1] - y.data[i + 1]) + Math.abs(x.data[i + 2] - y.data[i + 2]) > 48) n++;
    }
    return n / (x.data.length / 4);
  }, [a.toString('base64'), b.toString('base64'), scale]);
}

/** How many pixels of a PNG are within a little of a colour (#rrggbb). */
function count(png, colour) {
  return ruler.evaluate(async ([png, colour]) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
    const g = new OffscreenCanvas(image.width, image.height).getContext('2d');
    g.drawImage(image, 0, 0);
    const { data } = g.getImageData(0, 0, image.width, image.height);
    const wanted = [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
    let n = 0;
    for (let i = 0; i < data.length; i += 4) if (wanted.every((v, k) => Math.abs(v - data[i + k]) <= 10)) n++;
    return n;
  }, [Buffer.from(png).toString('base64'), colour]);
}

/** The map without what lies over it. */
async function mapPicture(page) {
  await page.mouse.move(2, 2);
  await page.waitForTimeout(500);
  return page.locator('[data-testid=map] canvas.maplibregl-canvas').screenshot();
}

const mercator = ([lon, lat]) => [lon / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)];
const geographic = ([x, y]) => [(x - 0.5) * 360, (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90];

function distance([px, py], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const s = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - ax - s * dx, py - ay - s * dy);
}

/** The used link that lies farthest from all others, and a point on it: a click there can mean no other. */
async function lonelyLink() {
  const [network, flows] = await Promise.all([api('network'), api('flows', { scenario: 'base', year: 2030 })]);
  const carried = new Map();
  for (const f of flows) carried.set(f.link_id, (carried.get(f.link_id) ?? 0) + f.flow_t_per_yr);
  const lines = network.links.features.map((f) => ({ ...f.properties, line: f.geometry.coordinates.map(mercator) }));
  const nodes = network.nodes.features.map((f) => mercator(f.geometry.coordinates));
  const name = (id) => network.nodes.features.find((f) => f.properties.id === id).properties.name;
  let best = { clear: 0 };
  for (const l of lines) {
    if (!/^(rail|road)/.test(l.mode) || !l.source_id || !((carried.get(l.id) ?? 0) > 5e5)) continue;
    const k = Math.floor((l.line.length - 1) / 2);
    const point = l.line.length > 2 ? l.line[k] : [(l.line[0][0] + l.line[1][0]) / 2, (l.line[0][1] + l.line[1][1]) / 2];
    let clear = Math.min(...nodes.map((n) => distance(point, n, n)));
    for (const other of lines) {
      if (other === l || clear < best.clear) continue;
      for (let i = 1; i < other.line.length; i++) clear = Math.min(clear, distance(point, other.line[i - 1], other.line[i]));
    }
    if (clear > best.clear) best = { clear, id: l.id, title: l.name || `${name(l.from)} – ${name(l.to)}`, point: geographic(point) };
  }
  return best;
}

const btk = 'rai-ge-akhalkalaki-ge-tr-kartsakhi';

inBrowser('the page', () => {
  before(async () => {
    server = await serve();
    home = server.home;
    browser = await launch({ gl: true });
    ruler = await browser.newPage();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  loading();
  choosing();
  looking();
  tables();
  addresses();
  keyboard();
  sizes();
  themes();
  access();
  safety();
});

function loading() {
  walk('first load: draws the network, without an error and without another host', {
    view: null,
    // Keeps the picture of the moment at which the page says that it has drawn.
    before: (ctx) => ctx.addInitScript(() => {
      new MutationObserver(() => {
        const canvas = document.querySelector('[data-testid=sketch]');
        if (canvas && !globalThis.firstPicture) globalThis.firstPicture = canvas.toDataURL('image/png').split(',')[1];
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-drawn'] });
    }),
  }, async (page, t) => {
    const sizes = { script: 0 };
    page.on('response', async (r) => {
      if (/\/assets\/index-.*\.js/.test(r.url())) sizes.script = (await r.body().catch(() => '')).length;
    });
    await page.goto(home + '/en/map');
    const ms = await drawn(page);
    const live = Number(await page.getAttribute('[data-testid=map]', 'data-live'));
    t.diagnostic(`first picture: ${ms} ms, moving map: ${live} ms (cold browser context); script ${Math.round(sizes.script / 1000)} kB unpacked`);
    assert.ok(ms < 10_000, `first drawn after ${ms} ms`);
    // Drawn means the flows too, not land alone.
    const first = Buffer.from(await page.evaluate(() => globalThis.firstPicture), 'base64');
    const seen = await count(first, '#0b5fa5');
    t.diagnostic(`pixels of rail 1520 at first draw: ${seen}`);
    assert.ok(seen > 300, `only ${seen} pixels of rail 1520 when data-drawn was set`);
    // The picture gives way to the map without a jump: both draw the same lines in the same place.
    assert.equal(await at(page, 'sketch').count(), 0, 'the picture stays when the map is there');
    const late = await page.locator('[data-testid=map] canvas.maplibregl-canvas').screenshot();
    const apart = await differing(first.toString('base64'), late.toString('base64'), 0.25);
    t.diagnostic(`picture and map differ in ${(apart * 100).toFixed(1)} % of a quarter-sized image`);
    assert.ok(apart < 0.15, `picture and map differ in ${apart}`);
    assert.ok((await page.title()).includes('karvan'));
    assert.equal(await page.locator('h1').count(), 1);
    await page.goto(home + '/en/map?scenario=base&year=2030');
    t.diagnostic(`second draw, files cached: ${await drawn(page)} ms`);
  });

  test('/ leads to the language that the reader asks for', async () => {
    const leads = async (languages) => {
      const r = await fetch(home + '/', { redirect: 'manual', headers: languages ? { 'Accept-Language': languages } : {} });
      assert.ok(r.status === 302 || r.status === 303 || r.status === 307, `status ${r.status}`);
      return r.headers.get('location');
    };
    assert.equal(await leads('az'), '/az');
    assert.equal(await leads('az-Latn-AZ,az;q=0.9,en;q=0.5'), '/az');
    assert.equal(await leads('tr-TR,tr;q=0.9'), '/tr');
    assert.equal(await leads('fi,sv;q=0.9'), '/en');
    assert.equal(await leads('en;q=0.2, tr;q=0.9'), '/tr', 'the weights count');
  });

  walk('/ opens in Azerbaijani and leads to the desk, which says so', { view: null, context: { locale: 'az-AZ' } }, async (page) => {
    await page.goto(home + '/');
    assert.equal(new URL(page.url()).pathname, '/az');
    await page.locator('a[href="/az/map"]').first().click();
    await drawn(page);
    assert.equal(await page.getAttribute('html', 'lang'), 'az');
    assert.match(await page.getByTestId('tab-table').innerText(), /Cədvəl/);
    await at(page, 'language').selectOption('tr');
    await page.waitForURL('**/tr/map?*');
    assert.equal(await page.getAttribute('html', 'lang'), 'tr');
    assert.match(await at(page, 'tab-map').innerText(), /Harita/);
  });

  walk('a chosen language is remembered at /', { view: '/en/map' }, async (page) => {
    await at(page, 'language').selectOption('tr');
    await page.waitForURL('**/tr/map?*');
    await page.goto(home + '/');
    assert.equal(new URL(page.url()).pathname, '/tr');
  });

  walk('a server that does not answer is said in one sentence', { view: null, allow: (text) => /Failed to load resource/.test(text) }, async (page) => {
    await page.route('**/api/meta*', (r) => r.abort());
    await page.goto(home + '/en/map');
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /did not answer/);
  });

  walk('flows that cannot be fetched are said, and the page stays', { allow: (text) => /Failed to load resource/.test(text) }, async (page) => {
    await page.route('**/api/flows*btk-5mt*', (r) => r.fulfill({ status: 500, contentType: 'application/json', body: '{"detail":"the disk went away"}' }));
    await at(page, 'scenario').selectOption('btk-5mt');
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /the disk went away/);
  });
}

function choosing() {
  walk('another scenario changes the flows, in the table and on the map', { view: '/en/map?scenario=base&year=2030&tab=table' }, async (page, t) => {
    const row = rowsOf(page, 'links').filter({ hasText: 'Akhalkalaki' }).first();
    await row.waitFor();
    await page.getByLabel('Filter').fill(btk);
    const cells = () => rowsOf(page, 'links').first().locator('td').allInnerTexts();
    const [was, picture] = [await cells(), await mapPicture(page)];
    const started = Date.now();
    await at(page, 'scenario').selectOption('btk-5mt');
    await page.waitForFunction((old) => document.querySelector('[data-testid=links] tbody tr td:nth-child(3)')?.innerText !== old, was[2]);
    t.diagnostic(`scenario switch until the table shows it: ${Date.now() - started} ms`);
    const now = await cells();
    for (const [cells, scenario] of [[was, 'base'], [now, 'btk-5mt']]) {
      const flows = (await api('flows', { scenario, year: 2030 })).filter((f) => f.link_id === btk);
      assert.equal(figure(cells[2]), Math.round(flows.find((f) => f.direction === 1).flow_t_per_yr), `${scenario}, forward`);
      assert.equal(figure(cells[4]), Math.round(flows[0].capacity_t_per_yr), `${scenario}, capacity`);
    }
    assert.ok(figure(now[4]) > figure(was[4]), 'btk-5mt has more capacity');
    assert.ok((await differing(picture, await mapPicture(page))) > 0.0002, 'the map looks the same');
    await at(page, 'year').selectOption('2020');
    await page.waitForFunction((old) => document.querySelector('[data-testid=links] tbody tr td:nth-child(3)')?.innerText !== old, now[2]);
  });

  walk('goods: the flows are of the goods that are chosen', { view: '/en/map?scenario=base&year=2020&tab=table' }, async (page) => {
    await rowsOf(page, 'links').first().waitFor();
    const goods = await at(page, 'goods').locator('option').evaluateAll((o) => o.map((x) => x.value).filter(Boolean));
    assert.ok(goods.length >= 8, `${goods.length} goods`);
    const flows = await api('flows', { scenario: 'base', year: 2020, commodity: goods[0] });
    const most = flows.reduce((a, b) => (b.flow_t_per_yr > a.flow_t_per_yr ? b : a));
    await page.getByLabel('Filter').fill(most.link_id);
    await at(page, 'goods').selectOption(goods[0]);
    await page.waitForURL(`**goods=${goods[0]}*`);
    const column = most.direction === 1 ? 3 : 4;
    await page.waitForFunction(
      ([n, wanted]) => Number(document.querySelector(`[data-testid=links] tbody tr td:nth-child(${n})`)?.innerText.replace(/\s/g, '')) === wanted,
      [column, Math.round(most.flow_t_per_yr)],
    );
  });

  walk('comparison: differences in colour, in words and in figures', { view: '/en/map?scenario=btk-5mt&year=2030' }, async (page) => {
    const meta = await api('meta');
    const title = (id) => meta.scenarios.find((s) => s.id === id).titles.en;
    await at(page, 'compare').selectOption('base');
    const legend = page.locator('details', { hasText: 'Legend' });
    await page.waitForFunction(() => /more[\s\S]*less/.test(document.querySelector('details')?.innerText ?? ''));
    const words = await legend.innerText();
    for (const part of [title('btk-5mt'), title('base'), 't/yr', '2030']) assert.ok(words.includes(part), `the legend lacks ${part}: ${words}`);
    const picture = await mapPicture(page);
    assert.ok((await count(picture, '#0b5fa5')) > 50, 'no line of gain');
    assert.ok((await count(picture, '#c25400')) > 50, 'no line of loss');
    await at(page, 'tab-full').click();
    await page.getByText('Largest changes').waitFor();
    const drawer = await at(page, 'drawer').innerText();
    assert.match(drawer, /Saved by shippers: [+−][\d.\u2009]+\u2009?[kMG]? ?USD\/yr/);
    assert.equal(await at(page, 'not-binding').count(), 0);
    await page.waitForTimeout(300);
    await shot(page, 'difference');
    await at(page, 'tab-table').click();
    await page.getByRole('columnheader', { name: 'Difference' }).getByRole('button').click();
    const flows = await Promise.all(['btk-5mt', 'base'].map((scenario) => api('flows', { scenario, year: 2030 })));
    const total = flows.map((list) => {
      const sum = new Map();
      for (const f of list) sum.set(f.link_id, (sum.get(f.link_id) ?? 0) + f.flow_t_per_yr);
      return sum;
    });
    const most = Math.max(...[...total[0]].map(([id, v]) => v - (total[1].get(id) ?? 0)));
    assert.equal(figure(await rowsOf(page, 'links').first().locator('td').last().innerText()), Math.round(most));
    assert.match(await at(page, 'indicators').innerText(), /[+−][\d.]/);
  });

  walk('a change in the list moves the map to it', { view: '/en/map?scenario=btk-5mt&compare=base&year=2030&tab=full&at=8.00/64.0000/-20.0000' }, async (page) => {
    await page.getByText('Largest changes').waitFor();
    const before = await mapPicture(page);
    const first = page.locator('[data-testid=drawer] table button').first();
    const name = await first.innerText();
    await first.click();
    await at(page, 'link-title').waitFor();
    assert.equal(await at(page, 'link-title').innerText(), name);
    assert.ok((await differing(before, await mapPicture(page))) > 0.01);
  });

  for (const [scenario, compare] of [['alat-25mt', 'base'], ['base', 'alat-25mt']]) {
    walk(`nothing binds: ${scenario} against ${compare} says so and shows no saving`, { view: `/en/map?scenario=${scenario}&compare=${compare}&year=2030&tab=full` }, async (page) => {
      await page.getByText('Largest changes').waitFor();
      const drawer = await at(page, 'drawer').innerText();
      assert.doesNotMatch(drawer, /Saved by shippers|USD\/yr/i, 'a saving is shown');
      assert.match(drawer, /not binding/i);
      assert.match(await at(page, 'not-binding').innerText(), /not binding in the base.*\(.*23\u2009%\)/i);
      for (const name of ['Mean time', 'Mean cost']) {
        const card = at(page, 'indicators').locator('article', { hasText: name });
        if (await card.count()) assert.doesNotMatch(await card.first().innerText(), /[+−]\d/, `${name} shows a difference`);
      }
    });
  }
}

function looking() {
  walk('hover tells in one line, a click on a link opens its drawer, Esc closes', {
    view: async () => {
      const { point } = await lonelyLink();
      return `/en/map?scenario=base&year=2030&at=9.00/${point[1].toFixed(4)}/${point[0].toFixed(4)}`;
    },
  }, async (page) => {
    const link = await lonelyLink();
    const detail = await api('link', { id: link.id, scenario: 'base', year: 2030 });
    const box = await at(page, 'map').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x - 1, y);
    await page.mouse.move(x, y);
    await page.locator('.tip').waitFor();
    const tip = await page.locator('.tip').innerText();
    assert.ok(tip.startsWith(link.title) && /t\/yr/.test(tip), tip);
    await page.mouse.click(x, y);
    await at(page, 'link-title').waitFor();
    assert.equal(await at(page, 'link-title').innerText(), link.title);
    const words = await at(page, 'drawer').innerText();
    for (const load of detail.loads.filter((l) => l.flow_t_per_yr >= 1)) {
      assert.ok(words.replaceAll('\u2009', '').includes(String(Math.round(load.flow_t_per_yr))), `the drawer lacks ${load.flow_t_per_yr}`);
    }
    assert.ok(words.includes(`source: ${detail.source_id}`), words);
    assert.match(page.url(), new RegExp(`selected=link(:|%3A)${link.id}`));
    await page.waitForTimeout(300);
    await shot(page, 'link-drawer');
    await page.keyboard.press('Escape');
    await at(page, 'drawer').waitFor({ state: 'detached' });
    assert.doesNotMatch(page.url(), /selected=/);
  });

  walk('a source mark opens its citation in place', { view: `/en/map?scenario=base&year=2030&selected=link:${btk}` }, async (page) => {
    await at(page, 'link-title').waitFor();
    const detail = await api('link', { id: btk, scenario: 'base', year: 2030 });
    const source = await api('source', { id: detail.source_id });
    const address = page.url();
    const mark = at(page, 'drawer').getByRole('button', { name: /source/ }).first();
    assert.equal(await mark.getAttribute('aria-expanded'), 'false');
    await mark.click();
    await at(page, 'drawer').getByText(source.title).waitFor();
    assert.equal(await mark.getAttribute('aria-expanded'), 'true');
    if (source.url) assert.ok((await at(page, 'drawer').innerText()).includes(source.url));
    assert.equal(page.url(), address);
    await mark.click();
    await at(page, 'drawer').getByText(source.title).waitFor({ state: 'detached' });
  });

  test('every source id of the network and of the observations has a citation', async () => {
    const [network, observed] = await Promise.all([api('network'), api('observed')]);
    const ids = new Set([...network.links.features, ...network.nodes.features].map((f) => f.properties.source_id).concat(observed.map((o) => o.source_id)));
    const missing = [];
    for (const id of ids) {
      const r = await fetch(`${home}/api/source?${new URLSearchParams({ id })}`);
      if (r.status !== 200 || !(await r.json()).title) missing.push(id || '(empty)');
      else continue;
    }
    assert.deepEqual(missing, []);
  });

  walk('estimates are marked in the drawer of a link, and only estimates', {
    view: null,
  }, async (page) => {
    const network = await api('network');
    for (const estimate of [true, false]) {
      const link = network.links.features.find((f) => f.properties.estimate === estimate && /rail/.test(f.properties.mode));
      assert.ok(link, `no rail link with estimate ${estimate}`);
      await page.goto(`${home}/en/map?scenario=base&year=2030&selected=link:${encodeURIComponent(link.properties.id)}`);
      await at(page, 'link-title').waitFor();
      const marked = (await at(page, 'drawer').locator('em', { hasText: /~|estimate/ }).count()) > 0;
      assert.equal(marked, estimate, `${link.properties.id}: ${await at(page, 'drawer').innerText()}`);
      if (estimate) assert.match(await at(page, 'drawer').locator('em.estimate').first().getAttribute('title'), /source/);
    }
  });

  walk('Baku to Mersin: routes with their shares, and the way on the map', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    await at(page, 'tab-pairs').click();
    await at(page, 'from').selectOption('AZBAK');
    const bare = await mapPicture(page);
    await at(page, 'to').selectOption('tr-mersin-city');
    const cells = await api('od', { scenario: 'base', year: 2030, from: 'AZBAK', to: 'tr-mersin-city' });
    assert.ok(cells.length > 0);
    const drawer = at(page, 'drawer');
    await drawer.locator('h3').nth(cells.length - 1).waitFor();
    assert.equal(await drawer.locator('table').count(), cells.length);
    for (const [i, cell] of cells.entries()) {
      const shares = await drawer.locator('table').nth(i).locator('tbody tr td:nth-child(2)').allInnerTexts();
      assert.equal(shares.length, cell.routes.length);
      const sum = shares.map((s) => figure(s.replace('%', ''))).reduce((a, b) => a + b, 0);
      const known = 100 * cell.routes.reduce((a, r) => a + r.share, 0);
      assert.ok(Math.abs(sum - known) <= 0.5 * shares.length + 0.5, `${cell.commodity_id}: shares ${shares} of ${known}`);
      assert.match(await drawer.locator('table').nth(i).innerText(), /rail|road|sea/);
    }
    assert.match(await drawer.innerText(), /USD\/t[\s\S]*at borders/);
    assert.match(page.url(), /from=AZBAK/);
    assert.ok((await differing(bare, await mapPicture(page))) > 0.001, 'the first route is not marked on the map');
    await drawer.locator('table').first().locator('tbody button').nth(1).click();
    await drawer.locator('button[aria-pressed=true]').waitFor();
    await at(page, 'to').selectOption('AZBAK');
    await drawer.getByText('no goods between').waitFor();
  });

  walk('place search: Igdir finds Iğdır and moves the map', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    const before = await mapPicture(page);
    for (const typed of ['Iğdır', 'igdir', 'Igdir']) {
      await at(page, 'search').fill(typed);
      await page.waitForTimeout(400);
      await page.locator('[role=option]').first().waitFor();
      assert.match(await page.locator('[role=option]').first().innerText(), /^I[gğ]d[ıi]r\s+TRIGD/, typed);
    }
    await at(page, 'search').press('ArrowDown');
    await at(page, 'search').press('Enter');
    await at(page, 'drawer').getByRole('heading', { name: /^I[gğ]d[ıi]r$/ }).waitFor();
    await page.waitForTimeout(800);
    const [zoom, lat, lon] = new URL(page.url()).searchParams.get('at').split('/').map(Number);
    assert.ok(zoom >= 6 && Math.abs(lat - 39.92) < 0.2 && Math.abs(lon - 44.04) < 0.3, page.url());
    assert.ok((await differing(before, await mapPicture(page))) > 0.02, 'the map did not move');
    await at(page, 'search').fill('zzzzzz');
    await page.getByText('Nothing by that name').waitFor();
  });

  walk('place search: Enter at once after typing goes to what was typed', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    await at(page, 'search').fill('Baku');
    await page.locator('[role=option]').first().waitFor();
    await at(page, 'search').fill('Igdir');
    await at(page, 'search').press('Enter');
    await at(page, 'drawer').getByRole('heading').first().waitFor();
    assert.match(await at(page, 'drawer').getByRole('heading').first().innerText(), /^I[gğ]d[ıi]r$/);
    await page.waitForTimeout(500);
    assert.equal(await page.getByText('Nothing by that name').count(), 0, 'the list opens again, empty');
  });

  walk('observed: roles, ranges, and what is not scored', { view: '/en/map?scenario=base&year=2020&tab=observed' }, async (page) => {
    const list = await api('observed');
    await rowsOf(page, 'observed').first().waitFor();
    const rows = await rowsOf(page, 'observed').allInnerTexts();
    assert.equal(rows.length, list.length);
    assert.ok(list.some((o) => o.role === 'fit') && list.some((o) => o.role === 'kept_apart'));
    for (const [i, o] of list.entries()) {
      assert.match(rows[i], o.role === 'fit' ? /known when demand was set/ : /kept apart/, o.obs_id);
      assert.ok(rows[i].includes(`source: ${o.source_id}`), o.obs_id);
      if (o.modelled === null) assert.ok(rows[i].includes(o.reason), o.obs_id);
      else assert.match(rows[i], /[\d.]+ – [\d.]+[\s\S]*%/, `${o.obs_id} has no range`);
    }
    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'drawer').getByRole('button', { name: /CSV/ }).click()]);
    assert.equal(readFileSync(await download.path(), 'utf8').trim().split('\r\n').length, list.length + 1);
  });

  walk('scenario: what it relaxes, and what it changes', { view: '/en/map?scenario=btk-5mt&year=2030&tab=about' }, async (page) => {
    const words = await at(page, 'drawer').innerText();
    assert.match(words, /Relaxes/);
    assert.match(words, /What it changes/);
    assert.match(words, /binding/);
  });

  walk('bottlenecks are listed from the fullest, indicators have a chart and a meaning', { view: '/en/map?scenario=base&year=2030&tab=full' }, async (page) => {
    await rowsOf(page, 'bottlenecks').first().waitFor();
    const loads = (await rowsOf(page, 'bottlenecks').locator('td:last-child').allInnerTexts()).map((s) => figure(s.replace('%', '')));
    assert.deepEqual(loads, [...loads].sort((a, b) => b - a));
    assert.ok(loads[0] > 50);
    const cards = at(page, 'indicators').locator('article');
    assert.ok((await cards.count()) >= 6);
    for (const card of await cards.all()) {
      assert.ok((await card.locator('canvas').count()) === 1, await card.innerText());
      assert.match(await card.locator('[role=img]').getAttribute('aria-label'), /: .{15}/);
    }
  });
}

function tables() {
  walk('table: sorts, filters, and gives a CSV of what it shows', { view: '/en/map?scenario=base&year=2030&tab=table' }, async (page) => {
    const table = at(page, 'links');
    await rowsOf(page, 'links').first().waitFor();
    await shot(page, 'table');
    const column = (n) => rowsOf(page, 'links').locator(`td:nth-child(${n})`).allInnerTexts();
    const head = (n) => table.locator(`th:nth-child(${n})`);

    await head(3).getByRole('button').click();
    assert.equal(await head(3).getAttribute('aria-sort'), 'descending');
    let values = (await column(3)).map(figure);
    assert.deepEqual(values, [...values].sort((a, b) => b - a));
    await head(3).getByRole('button').click();
    assert.equal(await head(3).getAttribute('aria-sort'), 'ascending');
    values = (await column(3)).map(figure);
    assert.deepEqual(values, [...values].sort((a, b) => a - b));
    await head(1).getByRole('button').click();
    assert.equal(await head(1).getAttribute('aria-sort'), 'ascending');
    const names = (await column(1)).map((s) => s.replace(/\s*~$/, ''));
    assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, 'en')));

    const all = names.length;
    await page.getByLabel('Filter').fill('mersin');
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid=links] tbody tr').length < n, all);
    const found = await column(1);
    assert.ok(found.length > 0 && found.some((n) => /Mersin/.test(n)));

    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'csv').click()]);
    assert.match(download.suggestedFilename(), /base-2030.*\.csv$/);
    const raw = readFileSync(await download.path());
    assert.deepEqual([...raw.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'no byte order mark: Excel would take it for Latin-1');
    const lines = raw.toString('utf8').slice(1).trimEnd().split('\r\n');
    const keys = lines[0].split(',');
    for (const key of ['link_id', 'name', 'mode', 'forward_t_per_yr', 'back_t_per_yr', 'capacity_t_per_yr', 'load_ratio', 'estimate']) assert.ok(keys.includes(key), `no column ${key}: ${lines[0]}`);
    assert.equal(lines.length - 1, found.length, 'as many rows as are shown');
    const flows = await api('flows', { scenario: 'base', year: 2030 });
    for (const line of lines.slice(1)) {
      const id = line.split(',')[0];
      const forward = flows.find((f) => f.link_id === id && f.direction === 1);
      // A name may hold commas, so figures are looked for, not counted off.
      if (forward) assert.ok(line.split(',').includes(String(forward.flow_t_per_yr)), `${line} lacks ${forward.flow_t_per_yr} in full`);
    }
  });

  walk('table: places, terminals and pairs stand in tables too, with their CSV', { view: '/en/map?scenario=base&year=2030&tab=table' }, async (page) => {
    const when = { scenario: 'base', year: 2030 };
    const wanted = { places: ['nodes', 'node_id', 'arrives_t_per_yr'], terminals: ['terminals', 'resource_id', 'flow_t_per_yr'], pairs: ['pairs', 'from_zone', 'demand_t_per_yr'] };
    for (const [thing, [path, key, figures]] of Object.entries(wanted)) {
      await at(page, `of-${thing}`).click();
      await rowsOf(page, thing).first().waitFor();
      assert.ok(page.url().includes(`of=${thing}`));
      const rows = await api(path, when);
      const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'csv').click()]);
      assert.equal(download.suggestedFilename(), `${thing}-base-2030.csv`);
      const got = parse(readFileSync(await download.path()));
      assert.equal(got.length, rows.length, thing);
      assert.deepEqual(got.map((r) => `${r[key]} ${r[figures]}`).sort(), rows.map((r) => `${r[key]} ${r[figures]}`).sort());
      const shownRows = await rowsOf(page, thing).count();
      assert.equal(shownRows, Math.min(2000, rows.length), thing);
    }
    // A border of the map is a row, and leads to it.
    await at(page, 'of-places').click();
    await page.getByLabel('Filter').fill('gauge change');
    await rowsOf(page, 'places').first().locator('button').click();
    await page.waitForURL(/selected=node/);
    // What arrives at a place is the sum of what its links bring.
    const [net, flows, nodes] = [await api('network'), await api('flows', when), await api('nodes', when)];
    const into = new Map();
    for (const l of net.links.features) for (const f of flows.filter((f) => f.link_id === l.properties.id)) {
      const to = f.direction === 1 ? l.properties.to : l.properties.from;
      into.set(to, (into.get(to) ?? 0) + f.flow_t_per_yr);
    }
    for (const n of nodes) assert.ok(Math.abs(n.arrives_t_per_yr - (into.get(n.node_id) ?? 0)) < 1e-3 * (1 + n.arrives_t_per_yr), n.node_id);
  });

  walk('table: the filter finds what a row shows', { view: '/en/map?scenario=base&year=2030&tab=table' }, async (page) => {
    await rowsOf(page, 'links').first().waitFor();
    await page.getByLabel('Filter').fill('pipeline');
    await rowsOf(page, 'links').first().waitFor();
    const mode = (await rowsOf(page, 'links').first().locator('td:nth-child(2)').innerText()).trim();
    await page.getByLabel('Filter').fill(mode);
    await page.waitForTimeout(200);
    assert.ok((await rowsOf(page, 'links').count()) > 0, `no row for ${mode}, which the column Mode shows`);
  });
}

function addresses() {
  walk('Back takes back each step, not each move of the map', { view: '/en/map?scenario=base&year=2020' }, async (page) => {
    await at(page, 'year').selectOption('2030');
    await page.waitForURL(/year=2030/);
    await at(page, 'tab-table').click();
    await page.waitForURL(/tab=table/);
    await at(page, 'of-pairs').click();
    await rowsOf(page, 'pairs').first().waitFor();
    await page.goBack();
    await rowsOf(page, 'links').first().waitFor();
    await page.goBack();
    await page.waitForFunction(() => !document.querySelector('[data-testid=drawer]'));
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[data-testid=year]').value === '2020');
  });

  walk('the address restores the view in a new page', { view: '/en/map' }, async (page, t, ctx) => {
    await at(page, 'scenario').selectOption('btk-5mt');
    await at(page, 'year').selectOption('2030');
    await at(page, 'compare').selectOption('base');
    await at(page, 'colour').selectOption('load');
    await at(page, 'tab-table').click();
    await page.getByLabel('Filter').fill(btk);
    await rowsOf(page, 'links').first().locator('button').click();
    await at(page, 'link-title').waitFor();
    const box = await at(page, 'map').boundingBox();
    await page.mouse.move(box.x + 300, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 380, box.y + 260, { steps: 5 });
    await page.mouse.up();
    await page.mouse.wheel(0, -240);
    await page.waitForTimeout(1500);
    const [address, title, picture] = [page.url(), await at(page, 'link-title').innerText(), await mapPicture(page)];

    const again = await ctx.newPage();
    await again.goto(address);
    await drawn(again);
    await at(again, 'link-title').waitFor();
    await again.waitForTimeout(500);
    assert.equal(again.url(), address);
    for (const [id, value] of Object.entries({ scenario: 'btk-5mt', year: '2030', compare: 'base', colour: 'load' })) {
      assert.equal(await at(again, id).inputValue(), value, id);
    }
    assert.equal(await at(again, 'link-title').innerText(), title);
    // The address keeps two decimals of the zoom, so the picture may be a pixel off.
    const share = await differing(picture, await mapPicture(again), 0.1);
    assert.ok(share < 0.02, `${(100 * share).toFixed(1)} % of the map differs`);
    await again.keyboard.press('Escape');
    await rowsOf(again, 'links').first().waitFor();
    assert.match(again.url(), /tab=table/);
  });

  walk('an address that means nothing here opens the desk all the same', { view: '/en/map?scenario=nope&year=1999&compare=nope&goods=nope&tab=nope&selected=link:nope&at=x/y/z', allow: (text) => /Failed to load resource/.test(text) }, async (page) => {
    assert.equal(await at(page, 'scenario').inputValue(), 'base');
    assert.ok((await page.getByRole('alert').count()) <= 1);
    await at(page, 'tab-table').click();
    await rowsOf(page, 'links').first().waitFor();
    assert.equal(await at(page, 'goods').evaluate((e) => e.selectedOptions.length), 1, 'the choice of goods is blank');
    assert.doesNotMatch(page.url(), /goods=nope/, 'goods that are not there are dropped');
  });
}

/** Presses Tab and tells where the focus went, until it comes round. */
async function tabRound(page, most = 120) {
  const seen = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const style = getComputedStyle(e);
      return { name: e.dataset.testid ?? (e.tagName === 'CANVAS' ? 'canvas' : e.getAttribute('aria-label') ?? e.innerText?.trim().slice(0, 40) ?? e.tagName), outline: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' };
    });
    if (!here) break;
    seen.push(here);
  }
  return seen;
}

async function tabTo(page, matches, most = 150) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(matches)) return;
  }
  assert.fail(`Tab does not reach ${matches} in ${most} steps`);
}

function keyboard() {
  walk('keyboard: Tab reaches every control, and shows where it is', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    const seen = await tabRound(page);
    const names = seen.map((s) => s.name);
    for (const id of ['scenario', 'compare', 'year', 'goods', 'colour', 'language', 'search', 'theme', 'canvas', 'tab-map', 'tab-full', 'tab-pairs', 'tab-table', 'tab-observed', 'tab-about']) {
      assert.ok(names.includes(id), `Tab does not reach ${id}: ${names.join(', ')}`);
    }
    assert.ok(names.some((n) => /zoom in/i.test(n)), 'zoom buttons');
    assert.deepEqual(seen.filter((s) => !s.outline).map((s) => s.name), [], 'no outline when focused');
  });

  walk('keyboard: choose a scenario, open the table, open a link, close it', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    await tabTo(page, () => document.activeElement.dataset.testid === 'scenario');
    for (let i = 0; i < 20 && (await at(page, 'scenario').inputValue()) !== 'btk-5mt'; i++) await page.keyboard.press('ArrowDown');
    assert.equal(await at(page, 'scenario').inputValue(), 'btk-5mt');
    await page.waitForURL('**scenario=btk-5mt*');
    await tabTo(page, () => document.activeElement.dataset.testid === 'tab-table');
    await page.keyboard.press('Enter');
    await rowsOf(page, 'links').first().waitFor();
    await tabTo(page, () => document.activeElement.closest('[data-testid=links] tbody') !== null);
    const name = await page.evaluate(() => document.activeElement.innerText);
    await page.keyboard.press('Enter');
    await at(page, 'link-title').waitFor();
    assert.equal(await at(page, 'link-title').innerText(), name);
    await page.keyboard.press('Escape');
    await at(page, 'link-title').waitFor({ state: 'detached' });
    await rowsOf(page, 'links').first().waitFor();
  });

  walk('keyboard: the focus is not lost when a drawer opens and closes', { view: '/en/map?scenario=base&year=2030&tab=table' }, async (page) => {
    await rowsOf(page, 'links').first().waitFor();
    await rowsOf(page, 'links').nth(3).locator('button').focus();
    await page.keyboard.press('Enter');
    await at(page, 'link-title').waitFor();
    const where = () => page.evaluate(() => (document.activeElement.closest('[data-testid=drawer]') ? 'drawer' : document.activeElement.tagName));
    assert.equal(await where(), 'drawer', 'after a link is opened from the table');
    await page.keyboard.press('Escape');
    await rowsOf(page, 'links').first().waitFor();
    assert.equal(await where(), 'drawer', 'after it is closed');
  });

  walk('keyboard: Esc closes what a tab opened too', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    await at(page, 'tab-about').click();
    await at(page, 'drawer').waitFor();
    await page.keyboard.press('Escape');
    await at(page, 'drawer').waitFor({ state: 'detached', timeout: 2000 });
  });

  walk('keyboard: arrows walk along the network', { view: '/en/map?scenario=base&year=2030&selected=node:AZBAK' }, async (page) => {
    const title = () => at(page, 'drawer').getByRole('heading').first().innerText();
    await at(page, 'drawer').getByRole('heading').first().waitFor();
    const was = await title();
    await tabTo(page, () => document.activeElement.tagName === 'CANVAS');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((old) => document.querySelector('[data-testid=drawer] h2')?.innerText !== old, was);
    assert.match(page.url(), /selected=node/);
    assert.doesNotMatch(page.url(), /AZBAK/);
  });
}

/** What reaches beyond the right edge. A wide table may scroll in a box of its own, but not the whole drawer with its heading and close button. */
function overflowing(page) {
  return page.evaluate(() => {
    const out = [];
    if (document.scrollingElement.scrollWidth > innerWidth) out.push(`the page: ${document.scrollingElement.scrollWidth} > ${innerWidth}`);
    for (const e of document.querySelectorAll('header, nav, main, aside')) {
      if (e.getClientRects().length && (e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth + 1)) {
        out.push(`${e.tagName.toLowerCase()}${e.dataset.testid ? `[${e.dataset.testid}]` : ''}: content ${e.scrollWidth}, box ${e.clientWidth}, right edge ${Math.round(e.getBoundingClientRect().right)} of ${innerWidth}`);
      }
    }
    return out;
  });
}

const everyTab = ['map', 'full', 'pairs', 'table', 'observed', 'about'];

function sizes() {
  walk('phone: tabs at the bottom, the drawer below the map, everything in reach', {
    view: '/en/map?scenario=base&year=2030', context: { viewport: phone, hasTouch: true, isMobile: true },
  }, async (page) => {
    await page.waitForTimeout(500);
    await shot(page, 'phone-map');
    const nav = await page.locator('nav').boundingBox();
    assert.ok(Math.abs(nav.y + nav.height - phone.height) <= 1, `the tabs end at ${nav.y + nav.height}`);
    assert.ok((await at(page, 'map').boundingBox()).height >= 300, 'little is left of the map');
    for (const tab of everyTab) {
      const box = await at(page, `tab-${tab}`).boundingBox();
      assert.ok(box.height >= 44 && box.width >= 44 && box.x >= 0 && box.x + box.width <= 376, `tab-${tab}: ${JSON.stringify(box)}`);
    }
    await page.getByRole('button', { name: /Scenario · 2030/ }).tap();
    await at(page, 'scenario').selectOption('btk-5mt');
    await page.waitForURL('**scenario=btk-5mt*');
    await page.getByRole('button', { name: /Scenario · 2030/ }).tap();
    await page.goto(`${home}/en/map?scenario=btk-5mt&year=2030&selected=link:${btk}`);
    await drawn(page);
    await at(page, 'link-title').waitFor();
    await page.waitForTimeout(500);
    await shot(page, 'phone-drawer');
    const drawer = await at(page, 'drawer').boundingBox();
    const map = await at(page, 'map').boundingBox();
    assert.ok(drawer.height >= 250 && drawer.width >= 370, JSON.stringify(drawer));
    assert.ok(drawer.y >= map.y + map.height - 1 && map.height >= 120, 'the drawer lies over the map');
    await at(page, 'drawer').evaluate((e) => e.scrollTo(0, e.scrollHeight));
    const close = page.getByRole('button', { name: 'Close' });
    const box = await close.boundingBox();
    assert.ok(box.width >= 36 && box.height >= 36 && box.y >= drawer.y && box.x + box.width <= 375, `close: ${JSON.stringify(box)}`);
    await close.tap();
    await at(page, 'drawer').waitFor({ state: 'detached' });
  });

  walk('phone: the indicators can be reached', { view: '/en/map?scenario=base&year=2030', context: { viewport: phone, hasTouch: true, isMobile: true } }, async (page) => {
    await at(page, 'indicators').scrollIntoViewIfNeeded({ timeout: 2000 }).catch(() => {});
    assert.ok(await at(page, 'indicators').isVisible(), 'the indicators are hidden at 375 px and nothing opens them');
  });

  for (const [name, viewport] of Object.entries({ '375 px': phone, '320 px': { width: 320, height: 640 }, '640 px (1280 at 200 %)': { width: 640, height: 400 }, '1280 px': wide, '1600 px': { width: 1600, height: 900 } })) {
    walk(`${name}: nothing overflows sideways, in any tab`, { view: `/en/map?scenario=btk-5mt&compare=base&year=2030&from=AZBAK&to=tr-mersin-city`, context: { viewport } }, async (page) => {
      const found = [];
      for (const tab of everyTab) {
        await at(page, `tab-${tab}`).click();
        await page.waitForTimeout(400);
        found.push(...(await overflowing(page)).map((o) => `${tab}: ${o}`));
      }
      await page.goto(`${home}/en/map?scenario=btk-5mt&compare=base&year=2030&selected=link:${btk}`);
      await at(page, 'link-title').waitFor();
      found.push(...(await overflowing(page)).map((o) => `link: ${o}`));
      if (viewport.width === 320) await shot(page, 'narrow');
      assert.deepEqual(found, []);
    });
  }

  walk('1600 px: every control stands in the bar, in full', { view: '/en/map?scenario=base&year=2030', context: { viewport: { width: 1600, height: 900 } } }, async (page) => {
    await page.waitForTimeout(500);
    await shot(page, 'wide-light');
    for (const id of ['scenario', 'compare', 'year', 'goods', 'colour', 'language', 'search', 'theme']) {
      const box = await at(page, id).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 1600 && box.y + box.height <= 80, `${id}: ${JSON.stringify(box)}`);
    }
  });
}

function themes() {
  const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3);
  walk('dark: as the system asks', { view: '/en/map?scenario=base&year=2030', context: { colorScheme: 'dark', viewport: { width: 1600, height: 900 } } }, async (page) => {
    assert.ok((await paper(page)) < 80);
    const picture = await mapPicture(page);
    await shot(page, 'wide-dark');
    assert.ok((await count(picture, '#24262a')) > 10_000, 'the land is not dark');
    assert.ok((await count(picture, '#6db3f2')) > 100, 'the network is not drawn in the colours of the dark theme');
  });

  walk('dark: by the button, and remembered', { view: '/en/map?scenario=base&year=2030' }, async (page) => {
    assert.ok((await paper(page)) > 200);
    await at(page, 'theme').click();
    assert.ok((await paper(page)) < 80);
    await page.waitForTimeout(1500);
    const picture = await mapPicture(page);
    assert.ok((await count(picture, '#24262a')) > 10_000 && (await count(picture, '#6db3f2')) > 100, 'the map does not follow');
    await page.reload();
    await drawn(page);
    assert.ok((await paper(page)) < 80, 'forgotten on reload');
    await at(page, 'theme').click();
    assert.ok((await paper(page)) > 200);
  });
}

function access() {
  for (const language of ['en', 'az']) {
    for (const [name, context] of Object.entries({ light: {}, dark: { colorScheme: 'dark' }, '375 px': { viewport: phone } })) {
      walk(`axe finds nothing serious: ${language}, ${name}`, {
        view: `/${language}/map?scenario=btk-5mt&compare=base&year=2030&from=AZBAK&to=tr-mersin-city`,
        // axe is put in past the policy that keeps scripts of others out of the page.
        context: { bypassCSP: true, ...context },
        before: (ctx) => ctx.addInitScript({ content: axe }),
        timeout: 180_000,
      }, async (page) => {
        const found = [];
        for (const tab of everyTab) {
          await at(page, `tab-${tab}`).click();
          await page.waitForTimeout(400);
          if (tab === 'table') await page.locator('[data-testid=drawer] input').fill('Mersin');
          found.push(...await serious(page, tab));
        }
        await at(page, 'tab-observed').click();
        await at(page, 'drawer').locator('button[aria-expanded]').first().click();
        found.push(...await serious(page, 'citation'));
        await at(page, 'search').fill('Baku');
        await page.locator('[role=option]').first().waitFor();
        found.push(...await serious(page, 'search'));
        await at(page, 'search').press('Enter');
        await at(page, 'drawer').locator('h2').waitFor();
        found.push(...await serious(page, 'place'));
        await page.goto(`${home}/${language}/map?scenario=btk-5mt&compare=base&year=2030&selected=link:${btk}`);
        await at(page, 'link-title').waitFor();
        found.push(...await serious(page, 'link'));
        if (context.viewport) {
          await page.locator('header button[aria-expanded]').first().click();
          found.push(...await serious(page, 'choices'));
        }
        assert.deepEqual(found, []);
      });
    }
  }
}

function safety() {
  /** Asks for a path as it stands, which fetch would tidy. */
  function ask(target, options = {}) {
    const { hostname, port } = new URL(home);
    return new Promise((resolve, reject) => {
      const request = http.request({ hostname, port, path: target, ...options }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      });
      request.on('error', reject);
      request.end();
    });
  }

  test('the content security policy stands, without unsafe-inline', async () => {
    for (const target of ['/en/map', '/az/map', '/api/meta', '/', '/nothing']) {
      const { headers } = await ask(target);
      const policy = headers['content-security-policy'] ?? '';
      assert.match(policy, /default-src 'none'|default-src 'self'/, target);
      assert.match(policy, /script-src 'self'(;|$)/, target);
      assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*|https?:/, target);
      assert.equal(headers['x-content-type-options'], 'nosniff', target);
      assert.ok(/frame-ancestors 'none'/.test(policy) || headers['x-frame-options'], target);
    }
  });

  test('no path leads to a file outside', async () => {
    for (const target of [
      '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc%2fpasswd', '/assets/../../../../etc/passwd', '/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '//etc/passwd', '/..%5c..%5cetc%5cpasswd', '/en/../../etc/passwd', '/etc/passwd', '/index.html%00.js', '/api/source?id=../../../etc/passwd', '/api/tiles/../../etc/passwd',
    ]) {
      let answer = await ask(target);
      for (let hops = 0; answer.status >= 300 && answer.status < 400 && hops < 5; hops++) {
        const to = answer.headers.location;
        assert.ok(to.startsWith('/') && !to.startsWith('//'), `${target} leads outside: ${to}`);
        answer = await ask(to);
      }
      assert.doesNotMatch(answer.body, /root:.*:0:0:/, target);
      assert.ok(answer.status >= 400 && answer.status < 500, `${target}: ${answer.status}`);
    }
  });

  test('folders are not listed, and nothing can be written', async () => {
    const listing = await ask('/assets/');
    assert.ok(listing.status === 404 || listing.status === 403, `/assets/ gives ${listing.status}: ${listing.body.slice(0, 120)}`);
    for (const method of ['POST', 'PUT', 'DELETE']) assert.ok((await ask('/en/map', { method })).status >= 400, method);
  });
}
