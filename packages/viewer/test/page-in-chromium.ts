import { serveViewer } from '@slm-audit/viewer'
import type { Page } from 'playwright-core'
import { chromiumPath, launchChromium, mustRun } from './browser.ts'
import { someLog } from './some-log.ts'

/** Whether tests in Chromium are left out. */
export const isMissing = chromiumPath === undefined && !mustRun

/** A loaded machine draws slowly. */
export const PATIENT = { timeout: 20_000 }

/** The page over `someLog` in a Chromium of its own, with what it asked of other hosts and what went wrong in it. */
export async function pageInChromium() {
  const opened = await someLog()
  const viewer = await serveViewer(opened.reader, {
    annotate: (auditId, annotation) => opened.log.annotate(auditId, annotation)
  })
  const browser = await launchChromium()
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const problems: string[] = []
  const elsewhere: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (said) => {
    // Browsers write down every answer that is a refusal: a wrong filter, a call without a proof yet.
    const isAnswer = /status of (400|503)/.test(said.text())
    if (said.type() === 'error' && !isAnswer) problems.push(said.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1:')) elsewhere.push(request.url())
  })
  await page.goto(viewer.url)
  return {
    ...opened,
    page,
    problems,
    elsewhere,
    /** Shows another address of the viewer. */
    show: (path: string, on: Page = page) => on.goto(new URL(path, viewer.url).href),
    text: (of: string) => () => page.locator(of).first().innerText(),
    count: (of: string) => () => page.locator(of).count(),
    async [Symbol.asyncDispose]() {
      await browser.close()
      await viewer[Symbol.asyncDispose]()
      await opened.log.close()
      await opened.reader[Symbol.asyncDispose]()
    }
  }
}
