import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newDatabaseKey, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { serveViewer } from '@slm-audit/viewer'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeOn } from './axe.ts'
import { launchChromium } from './browser.ts'
import { isMissing, PATIENT } from './page-in-chromium.ts'
import { ask } from './some-log.ts'

describe.skipIf(isMissing)('the page over a log that cannot be read', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-viewer-'))
  const [key, given] = [join(folder, 'right.key'), join(folder, 'given.key')]
  const file = join(folder, 'copy.db')
  const opened = new AsyncDisposableStack()
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    newDatabaseKey(key)
    const written = join(folder, 'audit.db')
    const journal = await sqliteJournal({ file: written, encryption: { key: { file: key } } })
    const { log } = await collectingLog(journal, {})
    await ask(log, 'Is this a secret?', 'It is.')
    await log.close()
    // This process knows the key of the database that it wrote.
    copyFileSync(written, file)
    const open = async () => {
      const encryption = existsSync(given) ? { key: { file: given } } : undefined
      return opened.use(await openReader(file, { ...(encryption && { encryption }) }))
    }
    const viewer = opened.use(await serveViewer(open, { figures: open }))
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 390, height: 800 } })
    await page.goto(viewer.url)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await opened.disposeAsync()
  })

  const said = () => page.locator('body').innerText()

  test('says that it is locked, then that the key is another one, and goes on with the right one', async () => {
    await expect.poll(said, PATIENT).toMatch(/This log is locked\..*give its key/s)
    expect(await axeOn(page)).toEqual([])
    newDatabaseKey(given)
    await expect.poll(said, PATIENT).toMatch(/locked\..*cannot be opened with this key/s)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    rmSync(given)
    copyFileSync(key, given)
    await expect.poll(said, PATIENT).toMatch(/Is this a secret\?/)
    expect(await said()).not.toMatch(/locked/)
  })

  test('keeps what it has read, and says since when nothing was heard', async () => {
    await page.route('**/api/log', (route) =>
      route.fulfill({
        status: 503,
        json: { code: 'journal_unavailable', problem: 'the disk is gone' }
      })
    )
    await expect.poll(said, PATIENT).toMatch(/cannot be read now\. .*since .*the disk is gone/)
    expect(await said()).toMatch(/Is this a secret\?/)
    await page.route('**/api/log', (route) => route.abort())
    await expect.poll(said, PATIENT).toMatch(/The viewer does not answer any more/)
    await page.unrouteAll()
    await expect.poll(said, PATIENT).not.toMatch(/not answer/)
  })

  test('names the key of contents that it cannot read, and says that these were not checked', async () => {
    const [written, keys] = [join(folder, 'by-subject.db'), join(folder, 'contents.keys')]
    newDatabaseKey(keys)
    const contents = { keys: { file: keys } }
    const journal = await sqliteJournal({ file: written, encryption: { contents } })
    const { log } = await collectingLog(journal, {})
    await ask(log, 'Is this a secret?', 'It is.')
    await log.close()
    const elsewhere = join(folder, 'by-subject-elsewhere.db')
    copyFileSync(written, elsewhere)
    const viewer = opened.use(await serveViewer(opened.use(await openReader(elsewhere))))
    await page.goto(viewer.url)
    await expect.poll(said, PATIENT).toMatch(/encrypted \(key k-/)
    expect(await said()).not.toMatch(/Is this a secret/)
    await page.goto(new URL('/trust', viewer.url).href)
    await page.getByRole('button', { name: 'Verify everything' }).click()
    await expect.poll(said, PATIENT).toMatch(/\d contents encrypted with keys .*not checked/)
  })
})
