import { createHash } from 'node:crypto'
import { decodeSealed } from '@slm-audit/core/reader'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium, mustRun } from './browser/chromium.ts'
import type { Attach, page as InPage, Played } from './browser/page.ts'
import { openSite, type Site } from './browser/site.ts'
import { scenarios } from './scenarios.ts'

/** What does not need to reach into the pipeline, which is on the other side. */
const IN_WORKER = [
  'chat in one piece',
  'chat, streamed with usage',
  'completion, streamed',
  'embeddings',
  'a frozen request',
  'a stream is interrupted',
  'the consumer throws',
  'a model that is not loaded'
]

declare const page: typeof InPage

const isMissing = chromiumPath === undefined && !mustRun
const title = `in Chromium${isMissing ? ' (not run: it is not installed; scripts/crosscheck/install.sh installs it)' : ''}`

describe.skipIf(isMissing)(title, () => {
  let site: Site
  let browser: Browser
  let tab: Page
  /** What the page said that it should not have, and whom else it asked. */
  const errors: string[] = []
  const outside: string[] = []

  beforeAll(async () => {
    ;[site, browser] = await Promise.all([openSite(), launchChromium()])
    tab = await openTab()
  })

  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
  })

  async function openTab(): Promise<Page> {
    const opened = await browser.newPage()
    opened.on('pageerror', (error) => errors.push(error.message))
    opened.on('console', (message) => {
      const isOurs = message.location().url.endsWith('/audit') || /favicon/.test(message.text())
      if (message.type() === 'error' && !isOurs) errors.push(message.text())
    })
    opened.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(site.url) && !url.startsWith(`blob:${site.url}`)) outside.push(url)
    })
    await opened.goto(site.url)
    await opened.waitForFunction(() => 'page' in globalThis)
    return opened
  }

  const play = (name: string, where: 'page' | 'worker', attach: Attach = 'once') =>
    tab.evaluate(([name, where, attach]) => page.play(name, where, attach), [
      name,
      where,
      attach
    ] as const) as Promise<Played>

  test('there is nothing of Node', async () => {
    const found = await tab.evaluate(() =>
      ['process', 'Buffer', 'require'].filter((name) => name in globalThis)
    )
    expect(found).toEqual([])
  })

  test.each(scenarios)('$name', async ({ name, expected }) => {
    const { control, audited, calls, problems } = await play(name, 'page')
    expect(audited).toEqual(control)
    expect(calls).toMatchObject(expected)
    expect(problems).toEqual([])
  })

  test.each(IN_WORKER)('with the engine in a worker: %s', async (name) => {
    const { control, audited, calls, problems } = await play(name, 'worker')
    expect(audited).toEqual(control)
    expect(calls).toMatchObject(scenarios.find((one) => one.name === name)?.expected ?? [])
    expect(problems).toEqual([])
  })

  test('wrapped twice it is recorded once; with a closed log not at all', async () => {
    const [first] = scenarios
    const twice = await play(first?.name ?? '', 'page', 'twice')
    expect(twice.audited).toEqual(twice.control)
    expect(twice.calls).toHaveLength(1)
    const closed = await play(first?.name ?? '', 'page', 'closed')
    expect(closed.audited).toEqual(closed.control)
    expect(closed.calls).toEqual([])
  })

  test('records are checked and handed out in the page, and another SHA-256 agrees', async () => {
    await tab.evaluate(async () => {
      page.ship()
      await page.ask('kept')
    })
    const { flaws, text } = await tab.evaluate(() => page.handOut())
    expect(flaws).toEqual([])
    const records = text.trim().split('\n').map(decodeSealed)
    expect(records).toHaveLength(2)
    for (const record of records) {
      if (record === undefined) throw new Error('that is not a record')
      const leaf = createHash('sha256').update('\0').update(record.header).digest('hex')
      expect(Buffer.from(record.leafHash).toString('hex')).toBe(leaf)
    }
  })

  test('records wait in memory while their server is down, and arrive in order', async () => {
    site.received.clear()
    site.isDown = true
    await tab.evaluate(async () => {
      page.ship()
      await page.ask('first')
    })
    await expect.poll(() => site.requests.at(-1)?.status).toBe(503)
    await tab.evaluate(() => page.ask('second'))
    site.isDown = false
    await expect.poll(() => [...site.received.keys()]).toEqual([0, 1, 2, 3])
    expect(site.requests.at(-1)).toEqual({ authorization: 'Bearer t', status: 204 })
  })

  test('a page that is left at once has sent what it recorded', async () => {
    site.received.clear()
    const leaving = await openTab()
    const left = leaving.waitForURL('about:blank')
    await leaving.evaluate(async () => {
      page.ship({ waitMs: 60_000 })
      await page.ask('last words')
      setTimeout(() => {
        location.href = 'about:blank'
      })
    })
    await left
    await expect.poll(() => [...site.received.keys()]).toEqual([0, 1])
    await leaving.close()
  })

  test('the pages said no error and asked nobody else', () => {
    expect(errors).toEqual([])
    expect(outside.filter((url) => url !== 'about:blank')).toEqual([])
  })
})
