import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMissing, PATIENT, pageInChromium } from './page-in-chromium.ts'
import { ask } from './some-log.ts'

describe.skipIf(isMissing)('the page while the log grows', { timeout: 60_000 }, () => {
  let shown: Awaited<ReturnType<typeof pageInChromium>>
  let page: Page

  beforeAll(async () => {
    shown = await pageInChromium()
    page = shown.page
  }, 60_000)

  afterAll(() => shown?.[Symbol.asyncDispose]())

  const text = (of: string) => shown.text(of)
  const count = (of: string) => shown.count(of)

  test('shows calls as they come in', async () => {
    await page.locator('.bar').getByRole('link', { name: 'Calls' }).click()
    await expect.poll(count('.row'), PATIENT).toBe(4)
    await ask(shown.log, 'a new question', 'a new answer')
    await shown.log.flush()
    await expect.poll(text('.rows'), PATIENT).toMatch(/a new question/)
  })

  test('is live in more pages than a browser opens connections', { timeout: 120_000 }, async () => {
    const pages: Page[] = []
    for (let place = 0; place < 7; place++) {
      const other = await page.context().newPage()
      await shown.show('/calls', other)
      pages.push(other)
    }
    await expect
      .poll(() => Promise.all(pages.map((each) => each.locator('.row').count())), PATIENT)
      .toEqual(pages.map(() => 5))
    await ask(shown.log, 'a question for all', 'an answer')
    await shown.log.flush()
    for (const each of pages) {
      await expect
        .poll(() => each.locator('.rows').innerText(), PATIENT)
        .toMatch(/question for all/)
      await each.close()
    }
  })

  test('asks nothing while it is out of sight, and nothing twice of a call that is as it was', async () => {
    const other = await page.context().newPage()
    await other.addInitScript(() => {
      Object.defineProperty(document, 'visibilityState', {
        get: () => Reflect.get(globalThis, 'sight') ?? 'visible'
      })
    })
    await shown.show('/calls?open=3')
    await shown.show('/calls', other)
    await expect.poll(() => other.locator('.row').count(), PATIENT).toBe(6)
    await expect.poll(count('.peek .conversation'), PATIENT).toBe(1)
    await other.evaluate(() => {
      Reflect.set(globalThis, 'sight', 'hidden')
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await other.waitForLoadState('networkidle')
    const asked: string[] = []
    for (const each of [page, other]) {
      each.on('request', (request) => {
        const path = new URL(request.url()).pathname
        if (each === other) asked.push(`out of sight: ${path}`)
        if (path === '/api/call') asked.push(path)
      })
    }
    await ask(shown.log, 'a question while one is away', 'an answer')
    await shown.log.flush()
    await expect.poll(text('.rows'), PATIENT).toMatch(/while one is away/)
    await page.waitForLoadState('networkidle')
    expect(asked).toEqual([])
    await other.evaluate(() => {
      Reflect.set(globalThis, 'sight', 'visible')
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await expect
      .poll(() => other.locator('.rows').innerText(), PATIENT)
      .toMatch(/while one is away/)
    await other.close()
  })

  test('has the last change in its figures, and does not say that nothing was lost before it knows', async () => {
    await shown.show('/dashboard')
    await expect.poll(text('.sentence'), PATIENT).toMatch(/6 model calls/)
    await ask(shown.log, 'one more', 'an answer')
    await shown.log.flush()
    await expect.poll(text('.sentence'), PATIENT).toMatch(/7 model calls/)
    await page.route('**/api/facets*', (route) =>
      route.fulfill({ status: 503, json: { problem: 'the disk is gone' } })
    )
    await shown.show('/trust')
    await expect.poll(text('main'), PATIENT).toMatch(/the disk is gone/)
    expect(await text('main')()).not.toMatch(/No record was lost/)
    await shown.show('/compare')
    await expect.poll(text('main'), PATIENT).toMatch(/the disk is gone/)
    await page.unroute('**/api/facets*')
  })

  test('counts the values of a filter that means more calls than are listed', async () => {
    const questions = Array.from({ length: 200 }, (_, at) => `question ${at}`)
    await Promise.all(questions.map((question) => ask(shown.log, question, 'an answer')))
    await shown.log.flush()
    await shown.show('/calls?q=model:qwen3:4b+stage:complete')
    await expect.poll(text('.facets'), PATIENT).toMatch(/complete\s+2\d\d\s+model\s/)
    const values = await text('.facets')()
    expect(values).toMatch(/user\s+u-7\s+2\s/)
    expect(values).toMatch(/counts of the calls of this filter/)
    expect(values).not.toMatch(/TypeError/)
  })

  test('counts all that a filter means, where only the best are listed', async () => {
    await shown.show('/calls?q=question&sort=relevance')
    await expect.poll(text('.count'), PATIENT).toMatch(/^2(?!00)\d\d of 2\d\d calls/)
    await expect.poll(text('.facets'), PATIENT).toMatch(/counts of the calls of this filter/)
  })

  test('met no error', () => {
    expect(shown.problems).toEqual([])
  })
})
