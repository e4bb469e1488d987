import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../build-app.ts'
import { axeOn } from './axe.ts'
import { isMissing, PATIENT, pageInChromium } from './page-in-chromium.ts'

const SCREENS = [
  ...[
    '/calls',
    '/calls?open=3',
    '/call/3',
    '/session/S-42',
    '/session/S-42?view=play',
    '/sessions',
    '/compare'
  ],
  ...['/compare?view=calls&first=0&second=3', '/dashboard', '/trust', '/parts']
]
/** A first load, and all of the page, at most: bytes after gzip. */
const BUDGET = { first: 60_000, all: 150_000 }

test('the page is small, and a first load is smaller', async () => {
  const { files, first } = await buildApp()
  const size = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + gzipSync(files[path] ?? '').length, 0)
  expect(first).toContain('/style.css')
  expect(size(first)).toBeLessThan(BUDGET.first)
  expect(size(Object.keys(files))).toBeLessThan(BUDGET.all)
})

describe.skipIf(isMissing)('the page, in Chromium', { timeout: 60_000 }, () => {
  let shown: Awaited<ReturnType<typeof pageInChromium>>
  let page: Page

  beforeAll(async () => {
    shown = await pageInChromium()
    page = shown.page
  }, 60_000)

  afterAll(() => shown?.[Symbol.asyncDispose]())

  const text = (of: string) => shown.text(of)
  const count = (of: string) => shown.count(of)

  test('shows question and answer of each call, and its token is gone from the address', async () => {
    await expect.poll(count('.row'), PATIENT).toBe(4)
    expect(page.url()).not.toMatch(/token/)
    const rows = await page.locator('.rows').innerText()
    expect(rows).toMatch(/Where is my refund for order 4711\?/)
    expect(rows).toMatch(/TypeError/)
    expect(rows).toMatch(/searchPolicy/)
  })

  test('filters while somebody types, and says what is wrong', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('stage:error')
    await expect.poll(count('.row'), PATIENT).toBe(1)
    await page.keyboard.type(' modle:x')
    await expect.poll(text('.filter .wrong'), PATIENT).toMatch(/use model/)
    expect(`${await text('.filter .count')()}${await count('.facets li')()}`).toMatch(/^[1-9]\d*$/)
    await page.locator('#filter').fill('')
    await expect.poll(count('.row'), PATIENT).toBe(4)
    await page.keyboard.press('Escape')
  })

  test('a call that is not there leads back to the list', async () => {
    const other = await page.context().newPage()
    try {
      await shown.show('/call/9999', other)
      const wrong = other.locator('.call .wrong')
      await expect.poll(() => wrong.innerText(), PATIENT).toMatch(/no call "9999" ← Calls/)
      await wrong.locator('a').click()
      await expect.poll(() => other.locator('.row').count(), PATIENT).toBe(4)
    } finally {
      await other.close()
    }
  })

  test('completes names and values', async () => {
    await page.keyboard.press('/')
    await expect.poll(count('#filter:focus'), PATIENT).toBe(1)
    await page.keyboard.type('mod')
    await expect.poll(text('.offers'), PATIENT).toMatch(/model:/)
    await page.keyboard.press('Tab')
    await expect.poll(text('.offers'), PATIENT).toMatch(/qwen3:4b 3 calls/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('#filter').inputValue()).toBe('model:qwen3:4b ')
    await expect.poll(count('.row'), PATIENT).toBe(3)
    await page.locator('#filter').fill('')
    await expect.poll(count('.row'), PATIENT).toBe(4)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
  })

  test('narrows to a value, to a time, and to a saved view', async () => {
    const facet = page.locator('.facets button', { hasText: 'error' }).first()
    await facet.click()
    await expect.poll(count('.row'), PATIENT).toBe(1)
    expect(new URL(page.url()).searchParams.get('q')).toBe('stage:error')
    await facet.click({ modifiers: ['Alt'] })
    await expect.poll(count('.row'), PATIENT).toBe(3)
    await page.locator('.menu summary', { hasText: 'Views' }).click()
    await page.getByLabel('Name of this view').fill('no errors')
    await page.getByRole('button', { name: 'save' }).click()
    await shown.show('/calls')
    await expect.poll(count('.row'), PATIENT).toBe(4)
    await page.locator('.menu summary', { hasText: 'Views' }).click()
    await page.getByRole('link', { name: /no errors/ }).click()
    await expect.poll(count('.row'), PATIENT).toBe(3)
    await shown.show('/calls')
    await expect.poll(count('.histogram .bar-calls'), PATIENT).toBeGreaterThan(0)
    const box = await page.locator('.histogram svg').boundingBox()
    if (!box) throw new Error('the histogram has no place')
    await page.mouse.move(box.x + box.width * 0.1, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 10)
    await page.mouse.up()
    await expect.poll(() => page.url()).toMatch(/q=since.*until/)
    await page.locator('.histogram button', { hasText: 'all times' }).click()
    await expect.poll(count('.row'), PATIENT).toBe(4)
  })

  test('has the calls first that say most of what is looked for, where somebody wants that', async () => {
    await shown.show('/calls?q=refund')
    await expect.poll(count('.row'), PATIENT).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'best first' }).click()
    await expect.poll(() => page.url()).toMatch(/sort=relevance/)
    await expect.poll(text('.count'), PATIENT).toMatch(/ms$/)
    await expect.poll(text('.row .asked'), PATIENT).toMatch(/refund/)
    await page.locator('#filter').fill('user:u-7')
    await expect.poll(() => page.url(), PATIENT).not.toMatch(/sort/)
    await expect.poll(count('button[aria-pressed="true"]:text("best first")')).toBe(0)
  })

  test('shows other columns, and keeps them in the address', async () => {
    await page.locator('.menu summary', { hasText: 'Columns' }).click()
    await page.getByLabel('session').check()
    await page.keyboard.press('Escape')
    await expect.poll(text('.rows'), PATIENT).toMatch(/S-42/)
    expect(page.url()).toMatch(/cols=user%2Csession/)
    await shown.show('/calls')
    await expect.poll(count('.row'), PATIENT).toBe(4)
  })

  test('shows a call beside the list and whole, with a proof that it checked itself', async () => {
    await page.locator('.row', { hasText: 'order 4711' }).click()
    await expect.poll(text('.peek'), PATIENT).toMatch(/elivered/)
    expect(page.url()).toMatch(/open=\d+/)
    await page.locator('.peek a', { hasText: 'open' }).click()
    await expect.poll(count('main.call .facts'), PATIENT).toBe(1)
    await expect
      .poll(async () => {
        const badge = await text('main.call .badge')()
        if (badge.includes('Not yet')) await page.reload()
        return badge
      }, PATIENT)
      .toMatch(/✓ Proven: leaf \d+/)
    const facts = await text('.facts')()
    expect(facts).toMatch(/user u-7/)
    expect(facts).toMatch(/12 → 7/)
    expect(await text('.legend')()).toMatch(/1 of 2 tokens under 70%/)
    await page.keyboard.press('c')
    await expect.poll(text('.markdown strong'), PATIENT).toBe('Delivered')
    await page.keyboard.press('c')
  })

  test('shows what else a token might have been, says what one thinks, and gives the proof', async () => {
    await page.locator('.conversation .doubt').first().hover()
    await expect.poll(text('.token-card'), PATIENT).toMatch(/40%/)
    await page.keyboard.press('n')
    await expect.poll(count('.conversation .doubt:focus'), PATIENT).toBe(1)
    await page.locator('.annotations summary').click()
    await page.getByLabel('A note').fill('as it should be')
    await page.getByRole('button', { name: 'add' }).click()
    await expect.poll(text('.annotations ul'), PATIENT).toMatch(/note as it should be/)
    await page.locator('.menu summary', { hasText: 'Download proof' }).click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name: /proof/ }).first().click()
    expect((await waiting).suggestedFilename()).toMatch(/^[\w-]+\.received\.tlog-proof$/)
    await page.keyboard.press('Escape')
  })

  test('steps through the session, and shows it on one scale', async () => {
    await page.keyboard.press('o')
    await expect.poll(count('.timeline li a'), PATIENT).toBe(3)
    expect(await text('h1')()).toMatch(/S-42 · 3 steps/)
    await page.getByRole('button', { name: 'play' }).click()
    await expect.poll(count('.played li'), PATIENT).toBe(3)
    await page.goBack()
    await expect.poll(count('main.call .facts'), PATIENT).toBe(1)
    await page.keyboard.press('j')
    await expect.poll(text('h1'), PATIENT).toMatch(/searchPolicy/)
  })

  test('obeys nothing that a model says', async () => {
    await page.keyboard.press('j')
    await expect.poll(text('.conversation'), PATIENT).toMatch(/script/)
    await page.keyboard.press('c')
    await expect.poll(text('.said.assistant'), PATIENT).toMatch(/<img src=x/)
    const said = await text('.conversation')()
    expect(said).toMatch(/U\+202E/)
    expect(said).toMatch(/U\+001B/)
    expect(await page.evaluate(() => Reflect.get(globalThis, 'harmed'))).toBeUndefined()
    expect(await count('.conversation img, .conversation script')()).toBe(0)
    expect(await count('a[href^="javascript"]')()).toBe(0)
  })

  test('charts figures, and shows the calls of a moment', async () => {
    await shown.show('/dashboard')
    await expect.poll(count('.chart canvas'), PATIENT).toBe(6)
    expect(await text('.sentence')()).toMatch(/3 model calls.*33% failed/)
    const chart = page.locator('.chart .u-over').first()
    const box = await chart.boundingBox()
    if (!box) throw new Error('the chart has no place')
    await chart.click({ position: { x: box.width - 2, y: box.height / 2 } })
    await expect.poll(() => page.url()).toMatch(/calls\?q=since/)
  })

  test('compares two marked calls', async () => {
    await shown.show('/calls')
    await expect.poll(count('.row'), PATIENT).toBe(4)
    for (const key of ['j', 'x', 'j', 'j', 'x', 'v']) await page.keyboard.press(key)
    await expect.poll(count('.two section'), PATIENT).toBe(2)
    await expect.poll(text('.two del'), PATIENT).toMatch(/Where/)
    await expect.poll(text('.two ins'), PATIENT).toMatch(/And/)
  })

  test('runs what the palette names', async () => {
    await page.keyboard.press('Control+k')
    await expect.poll(count('.palette input:focus'), PATIENT).toBe(1)
    await page.keyboard.type('sessions')
    await page.keyboard.press('Enter')
    await expect.poll(text('.session-list'), PATIENT).toMatch(/S-42.*u-7/s)
    expect(await text('.session-list')()).toMatch(/3 steps/)
  })

  test('verifies the log', async () => {
    await page.locator('.bar').getByRole('link', { name: 'Trust' }).click()
    await page.getByRole('button', { name: 'Verify everything' }).click()
    await expect.poll(text('.verification'), PATIENT).toMatch(/✓ \d+ records verified/)
  })

  test.each([
    ['light', 1280, 800, SCREENS],
    ['dark', 1280, 800, ['/calls?open=3', '/call/3']],
    // What is left of that window at a zoom of 200%.
    ['dark', 640, 400, SCREENS]
  ] as const)(
    'has no barrier that axe finds, %s at %i by %i',
    async (scheme, width, height, screens) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height })
      for (const path of screens) {
        await shown.show(path)
        await expect.poll(text('main'), PATIENT).toMatch(/\S{3}/)
        expect(await axeOn(page), path).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(width)
      }
    }
  )

  test('has a heading while a session is on its way', async () => {
    const sessions = '**/api/session?*'
    const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
    await page.route(sessions, async (request) => {
      await isOver
      await request.continue()
    })
    await shown.show('/session/S-42')
    await expect.poll(count('main nav'), PATIENT).toBe(1)
    expect(await axeOn(page)).toEqual([])
    const answered = page.waitForResponse(sessions)
    end()
    // Playwright lets a request go by itself when its route is taken away.
    await answered
    await page.unroute(sessions)
  })

  test('fits a phone, where values are a sheet', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    for (const path of SCREENS) {
      await shown.show(path)
      await expect.poll(text('main'), PATIENT).toMatch(/\S{3}/)
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(390)
    }
    await shown.show('/calls')
    await page.getByRole('button', { name: 'Values' }).click()
    await page.locator('.facets button', { hasText: 'error' }).first().click()
    await expect.poll(count('.row'), PATIENT).toBe(1)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('.facets').isVisible(), PATIENT).toBe(false)
  })

  test('asked no other host, and met no error', () => {
    expect(shown.elsewhere).toEqual([])
    expect(shown.problems).toEqual([])
  })
})
