import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds, in a world of its own, which the page's policy does not bind. */
export async function axeOn(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id
  })
  const run = (expression: string) =>
    session.send('Runtime.evaluate', {
      expression,
      contextId,
      awaitPromise: true,
      returnByValue: true
    })
  await run(AXE)
  const { result } = await run(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes[0].html))'
  )
  await session.detach()
  return result.value as readonly string[]
}
