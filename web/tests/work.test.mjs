// Walks of those who work in the register, in a real browser and with a real issuer: from
// an interest to its publication, a change that meets another, a workbook that goes out
// and comes back, in the four languages.
import assert from 'node:assert/strict';

import net from 'node:net';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { axe, inBrowser, karvan, languages, launch, phone, reader, serious, serve, shots } from './lib.mjs';
import { startIssuer } from './issuer.mjs';

let browser;
let server;
let issuer;
let home = '';
let db = '';
const people = {};

/** A port that is free now. */
async function freePort() {
  const s = net.createServer();
  await new Promise((resolve) => s.listen(0, '127.0.0.1', resolve));
  const { port } = s.address();
  await new Promise((resolve) => s.close(resolve));
  return port;
}

/** Signs somebody in at the issuer, and gives their page. */
async function signIn(name, context = {}) {
  const one = await reader(browser, home, context);
  const page = await one.ctx.newPage();
  await page.goto(`${home}/en/work`);
  await page.locator('main .action').click();
  await page.waitForURL(`${issuer.url}/**`);
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('anything');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]').click(); // consent
  await page.waitForURL(`${home}/en/work`);
  try {
    one.check(() => true);
  } catch {
    // The issuer's own pages load what they like; from here on everything counts.
  }
  return { ...one, page };
}

/** Gives somebody who has signed in a role. */
function grant(name, role, ...more) {
  const list = JSON.parse(karvan('admin', 'accounts', '--db', db, '--json'));
  const account = list.find((a) => a.subject === name);
  assert.ok(account, `${name} has no account`);
  karvan('admin', 'grant', account.id, role, '--db', db, ...more);
}

/** Nothing serious is found by axe, and nothing overflows. */
async function sound(page, what) {
  await page.evaluate(axe);
  assert.deepEqual(await serious(page, what), [], 'axe');
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(width <= 1, `${what} overflows by ${width}`);
}

const words = {
  en: { preview: 'Preview', submit: 'Hand in', accept: 'Accept', publish: 'Publish' },
  az: { preview: 'Önizləmə', submit: 'Göndər', accept: 'Qəbul et', publish: 'Dərc et' },
  tr: { preview: 'Önizleme', submit: 'Gönder', accept: 'Kabul et', publish: 'Yayımla' },
  ru: { preview: 'Предпросмотр', submit: 'Отправить', accept: 'Принять', publish: 'Опубликовать' },
};

inBrowser('the work', () => {
  before(async () => {
    browser = await launch({ gl: false });
    const port = await freePort();
    issuer = await startIssuer(`http://127.0.0.1:${port}`);
    process.env.KARVAN_OIDC_CLIENT_SECRET = 'a secret of the test';
    server = await serve(undefined, ['--addr', `127.0.0.1:${port}`, '--oidc-issuer', issuer.url, '--oidc-client-id', 'karvan', '--oidc-private', '--no-rate-limits']);
    home = server.home;
    db = path.join(server.data, 'karvan', 'azerbaijan-turkiye.db');
    for (const name of ['Company', 'Editor', 'Publisher', 'Auditor']) people[name] = await signIn(name);
    grant('Editor', 'editor', '--country', 'AZ');
    grant('Publisher', 'publisher');
    grant('Auditor', 'auditor');
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await issuer?.stop();
  });

  test('the cookie of a session is kept from scripts and other sites', async () => {
    const cookies = await people.Company.ctx.cookies(home);
    const session = cookies.find((c) => c.name === '__Host-karvan');
    assert.ok(session?.httpOnly && session.secure && session.sameSite === 'Lax' && session.path === '/', JSON.stringify(cookies));
  });

  for (const language of languages) {
    test(`an interest from the form to its publication, in ${language}`, async () => {
      const w = words[language];
      const { page } = people.Company;
      // One of the country that the editor keeps.
      const project = (await (await fetch(`${home}/api/v1/projects?country=AZ&limit=1`)).json()).items[0];
      await page.goto(`${home}/${language}/projects/${project.slug}`);
      await page.locator('main a.action').click();
      await sound(page, `the form in ${language}`);
      if (language === 'en') await page.screenshot({ path: path.join(shots, 'work-interest.png'), fullPage: true });
      // Kept empty, the form tells what is missing.
      await page.locator('#country').selectOption('TR');
      await page.locator('#name').fill(`Köprüx${language} İnşaat`);
      await page.locator('#text').fill('We build roads and bridges.');
      await page.getByRole('button', { name: w.preview }).click();
      await page.locator('[role=alert]').waitFor();
      // The profile is reused: what it does is asked once.
      assert.equal(await page.locator('[role=alert] li').count(), language === 'en' ? 2 : 1, 'fields of work and roles are missing');
      await sound(page, `the faults in ${language}`);
      await page.locator('input[name=services][value="construction.road"]').check();
      await page.locator('input[name=roles][value=contractor]').check();
      await page.locator('#reference0').fill('A bridge over the Kura');
      await page.locator('#year0').fill('2019');
      await page.getByRole('button', { name: w.preview }).click();
      await page.locator('dl.facts').waitFor();
      await sound(page, `the preview in ${language}`);
      await page.getByRole('button', { name: w.submit, exact: true }).click();
      await page.waitForURL(`${home}/${language}/work/submissions/**`);
      await sound(page, `the acknowledgement in ${language}`);
      const address = page.url();
      const name = `Köprüx${language} İnşaat`;
      assert.ok((await page.locator('main').innerText()).includes('K-'), 'no number');
      // Nobody else sees it.
      const before = await (await fetch(`${home}/api/v1/interests?q=Köprüx${language}`)).json();
      assert.equal(before.total, 0);
      const editor = people.Editor.page;
      await editor.goto(`${home}/${language}/work`);
      await sound(editor, `the queue in ${language}`);
      if (language === 'en') await editor.screenshot({ path: path.join(shots, 'work-queue.png'), fullPage: true });
      await editor.goto(address);
      await editor.locator('#organisation').selectOption('new');
      await editor.getByRole('button', { name: w.accept, exact: true }).click();
      const publisher = people.Publisher.page;
      await publisher.goto(address);
      if (language === 'en') await publisher.screenshot({ path: path.join(shots, 'work-submission.png'), fullPage: true });
      await sound(publisher, `the decision in ${language}`);
      await publisher.getByRole('button', { name: w.publish, exact: true }).click();
      await publisher.locator('.state.published').waitFor();
      const list = await (await fetch(`${home}/api/v1/interests?q=Köprüx${language}`)).json();
      assert.equal(list.total, 1, name);
      const visitor = await (await fetch(`${home}/${language}/interests/${list.items[0].slug}`)).text();
      assert.ok(visitor.includes('A bridge over the Kura') && !visitor.includes('company@example.org'));
      for (const one of Object.values(people)) one.check((f) => f.includes('422'));
    });
  }

  for (const language of languages) {
    test(`a change that meets another is shown beside it, and overwrites nothing, in ${language}`, async () => {
      const record = await (await fetch(`${home}/api/v1/projects/btk-modernisation-georgian-section`)).json();
      if (language === 'en') grant('Company', 'contributor');
      const company = people.Company.page;
      const publisher = people.Publisher.page;
      const open = (page) => page.goto(`${home}/${language}/work/records/${record.id}`);
      const fill = async (page, text) => {
        const n = await page.locator('input[name^=p][value=title]').getAttribute('name');
        await page.locator(`[name=v${n.slice(1)}]`).fill(text);
        await page.locator('#source').fill('azernews-2021-12-26');
        await page.locator('form.work > .buttons .action').click();
      };
      await open(company);
      await open(publisher);
      await sound(publisher, `the form of a change in ${language}`);
      if (language === 'en') await publisher.screenshot({ path: path.join(shots, 'work-edit.png'), fullPage: true });
      await fill(company, `BTK, Georgian section, ${language}`);
      await company.waitForURL('**/work/submissions/**');
      const other = await people.Publisher.ctx.newPage();
      await other.goto(company.url());
      await other.locator('button[value=accept]').click();
      await other.locator('button[value=publish]').click();
      await other.locator('.state.published').waitFor();
      await other.close();
      await fill(publisher, `BTK, Georgian part, ${language}`);
      await publisher.locator('p.theirs').waitFor();
      assert.match(await publisher.locator('p.theirs').first().innerText(), new RegExp(`BTK, Georgian section, ${language}`));
      await sound(publisher, `the merge in ${language}`);
      if (language === 'en') await publisher.screenshot({ path: path.join(shots, 'work-merge.png') });
      // What was filled in stays; sent from the record as it is now, it is taken.
      const now = await publisher.locator('tr.theirs input:not([type=hidden]), tr.theirs textarea').first().inputValue();
      assert.equal(now, `BTK, Georgian part, ${language}`);
      await publisher.locator('form.work > .buttons .action').click();
      await publisher.waitForURL('**/work/submissions/**');
      const after = await (await fetch(`${home}/api/v1/projects/${record.id}`)).json();
      assert.equal(after.name, `BTK, Georgian section, ${language}`);
      // What is returned is changed from what was proposed, and is the same submission.
      await open(company);
      await fill(company, `BTK, once more, ${language}`);
      await company.waitForURL('**/work/submissions/**');
      const address = company.url();
      await publisher.goto(address);
      await publisher.locator('#reason-return').fill(`Why once more, ${language}?`);
      await publisher.locator('button[value=return]').click();
      await publisher.locator('.state.returned').waitFor();
      await company.goto(address);
      await company.locator('main p > a.action').click();
      assert.match(await company.locator('[role=status]').innerText(), new RegExp(`Why once more, ${language}\\?`));
      await sound(company, `the form of what was returned in ${language}`);
      if (language === 'en') await company.screenshot({ path: path.join(shots, 'work-returned.png'), fullPage: true });
      const before = company.viewportSize();
      await company.setViewportSize(phone);
      await sound(company, `the form of what was returned in ${language}, narrow`);
      assert.ok(await company.locator('.scroll').first().evaluate((e) => e.scrollWidth <= e.clientWidth), 'the form is moved sideways');
      if (language === 'en') await company.screenshot({ path: path.join(shots, 'work-returned-phone.png') });
      await company.setViewportSize(before);
      const n = await company.locator('input[name^=p][value=title]').getAttribute('name');
      assert.equal(await company.locator(`[name=v${n.slice(1)}]`).inputValue(), `BTK, once more, ${language}`);
      await company.locator('form.work > .buttons .action').click();
      await company.waitForURL(address);
      await company.locator('.state.submitted').waitFor();
      for (const one of Object.values(people)) one.check((f) => f.includes('412'));
    });
  }

  for (const language of languages) {
    test(`a workbook goes out and comes back with what was changed in it, in ${language}`, async () => {
      const { page } = people.Publisher;
      const csv = await (await fetch(`${home}/api/v1/organisations.csv`)).text();
      const rows = csv.split('\r\n');
      const at = rows.findIndex((r) => r.includes('azerbaijan-railways-cjsc'));
      const name = (await (await fetch(`${home}/api/v1/organisations/azerbaijan-railways-cjsc`)).json()).name;
      assert.ok(at > 0 && rows[at].includes(name));
      const send = async (file, text, type = 'text/csv') => {
        await page.goto(`${home}/${language}/work/import`);
        await page.locator('#source').fill(`ministry-${language}`);
        await page.locator('#sourceTitle').fill('Master list of the ministry');
        await page.locator('#file').setInputFiles({ name: file, mimeType: type, buffer: Buffer.isBuffer(text) ? text : Buffer.from(text) });
        await page.locator('form.work .action').click();
      };
      await page.goto(`${home}/${language}/work/import`);
      await sound(page, `the import in ${language}`);
      // The workbook as it was taken out, with headings of the language, differs in nothing.
      const book = Buffer.from(await (await fetch(`${home}/api/v1/export/en/register.xlsx`)).arrayBuffer());
      await send('register.xlsx', book, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
      await page.locator('[role=status]').waitFor();
      const changed = rows.with(at, rows[at].replace(name, `Azerbaijan Railways ${language}`));
      await send('organisations.csv', changed.join('\r\n'));
      await page.waitForURL('**/work/submissions/**');
      assert.equal(await page.locator('.diff tbody tr').count(), 1);
      assert.match(await page.locator('.diff del').innerText(), new RegExp(name));
      await sound(page, `the diff in ${language}`);
      if (language === 'en') await page.screenshot({ path: path.join(shots, 'work-diff.png'), fullPage: true });
      await page.locator('button[value=submit]').click();
      const address = page.url();
      if (language === 'en') grant('Editor', 'publisher');
      const editor = people.Editor.page;
      await editor.goto(address);
      await editor.locator('button[value=accept]').click();
      await editor.locator('button[value=publish]').click();
      await editor.locator('.state.published').waitFor();
      const found = await (await fetch(`${home}/api/v1/organisations/azerbaijan-railways-cjsc`)).json();
      assert.equal(found.name, `Azerbaijan Railways ${language}`);
      // The old table is a conflict now, and one bad cell is named.
      await send('organisations.csv', rows.with(at, rows[at].replace(name, 'Another name')).join('\r\n'));
      await page.locator('[role=alert]').waitFor();
      assert.match(await page.locator('main').innerText(), /Another name/);
      await sound(page, `the conflict in ${language}`);
      await send('organisations.csv', rows.map((r, i) => (i === at ? r.replace(/,\d+,/, ',many,') : r)).join('\r\n'));
      await page.locator('[role=alert]').waitFor();
      assert.match(await page.locator('main').innerText(), new RegExp(`row ${at + 1}, column`));
      people.Publisher.check((f) => /4(12|22)/.test(f));
    });
  }

  test('the other pages of the work, in every language, narrow, light and dark', async () => {
    const auditor = await signIn('Auditor', { viewport: phone, colorScheme: 'dark' });
    for (const language of languages) {
      for (const at of ['', '/audit', '/accounts', '/tokens', '/alerts', '/interest']) {
        await auditor.page.goto(`${home}/${language}/work${at}`);
        await sound(auditor.page, `${at} in ${language}, narrow and dark`);
      }
      const visitor = await reader(browser, home, {});
      const page = await visitor.ctx.newPage();
      for (const at of ['', '/setup', '/confirm?code=x']) {
        await page.goto(`${home}/${language}/work${at}`);
        await sound(page, `${at} in ${language}, not signed in`);
      }
      await page.goto(`${home}/${language}/projects/btk-modernisation-georgian-section`);
      await page.locator('main p.doors a').last().click();
      await sound(page, `the report in ${language}`);
      await page.locator('#text').fill('The length is wrong.');
      await page.locator('main form.work button').click();
      assert.match(await page.locator('h1').innerText(), /K-\d{4}-\d{5}/);
      visitor.check();
      await visitor.ctx.close();
    }
    await auditor.page.goto(`${home}/en/work/audit`);
    await auditor.page.screenshot({ path: path.join(shots, 'work-audit-dark.png') });
    auditor.check();
  });

  test('a token is shown once; a sign-out and a disabled account end the session', async () => {
    const { page, ctx } = people.Company;
    await page.goto(`${home}/en/work/tokens`);
    await page.locator('#name').fill('loader');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const secret = await page.locator('code.secret').innerText();
    const ask = () => fetch(`${home}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal((await ask()).status, 200);
    await page.goto(`${home}/en/work/tokens`);
    assert.ok(!(await page.content()).includes(secret));
    await page.locator('button[name=revoke]').click();
    assert.equal((await ask()).status, 401);
    const [cookie] = (await ctx.cookies(home)).filter((c) => c.name === '__Host-karvan');
    await page.goto(`${home}/en/work`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    const old = await fetch(`${home}/api/v1/me`, { headers: { cookie: `__Host-karvan=${cookie.value}` } });
    assert.equal(old.status, 401);
    const list = JSON.parse(karvan('admin', 'accounts', '--db', db, '--json'));
    karvan('admin', 'disable', list.find((a) => a.subject === 'Editor').id, '--db', db);
    await people.Editor.page.goto(`${home}/en/work`);
    assert.match(await people.Editor.page.locator('h1').innerText(), /Sign in/);
  });

  test('the first administrator comes in by a code, and gives the role away', async () => {
    const code = karvan('admin', 'setup', '--db', db).trim();
    const one = await reader(browser, home, {});
    const page = await one.ctx.newPage();
    await page.goto(`${home}/en/work/setup`);
    await page.locator('#code').fill('wrong');
    await page.locator('main form button').click();
    await page.locator('[role=alert]').waitFor();
    await page.locator('#code').fill(code);
    await page.locator('main form button').click();
    await page.waitForURL('**/work/accounts');
    await sound(page, 'the accounts');
    await page.screenshot({ path: path.join(shots, 'work-accounts.png'), fullPage: true });
    const auditor = page.locator('section.account', { has: page.locator('h2', { hasText: /^Auditor/ }) });
    await auditor.locator('select[name=role]').selectOption('administrator');
    await auditor.getByRole('button', { name: /Give the role/ }).click();
    // The set-up is over with that.
    await page.goto(`${home}/en/work/accounts`);
    assert.match(await page.locator('h1').innerText(), /Sign in/);
    assert.throws(() => karvan('admin', 'setup', '--db', db), /set-up is over/);
    const verified = karvan('audit', 'verify', '--db', db);
    assert.match(verified, /are as they were recorded/);
    one.check((f) => f.includes('403'));
  });
});

