import { openReader } from '@slm-audit/sqlite'
import { serveViewer } from '../packages/viewer/src/index.ts'
import { chromiumPath, launchChromium } from '../packages/viewer/test/browser.ts'
import { UNTIL, withShopLog } from './corpus/shop-log.ts'
import { type Effort, median, type Result } from './harness.ts'

const PAINT_MS = 300
const FILTER_MS = 100
const FRAME_MS = 1_000 / 60
/** A frame that took twice its time was dropped. */
const DROPPED = 2
const SCROLL_MS = 2_000
const REPEATS = 7
const FILTERS = ['stage:error', 'user:u-7', 'refund', 'took:>1s model:qwen*', 'version:2.4.0']

/**
 * The viewer in Chromium over the shop's log, or the one that SLM_AUDIT_VIEWER_LOG names: first paint, filter to rows, scrolling
 * and charts. Without a Chromium there is nothing to measure.
 */
export async function viewerSpeed(effort: Effort): Promise<Result[]> {
  if (chromiumPath === undefined) return []
  return await withShopLog(process.env.SLM_AUDIT_VIEWER_LOG, effort, measure)
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchChromium>>['newPage']>>

async function measure(file: string): Promise<Result[]> {
  await using reader = await openReader(file)
  await using figures = await openReader(file)
  await using viewer = await serveViewer(reader, { figures })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(viewer.url)
    const kinds = await reader.facets('kind')
    const calls = kinds.reduce((sum, kind) => sum + kind.calls, 0).toLocaleString('en')
    const paints: number[] = []
    for (let round = 0; round < REPEATS; round++) paints.push(await firstPaint(page, viewer.url))
    const filters: number[] = []
    for (const filter of [...FILTERS, ...FILTERS]) filters.push(await filterTime(page, filter))
    const frames = await scrollFrames(page)
    const dropped = frames.filter((ms) => ms > DROPPED * FRAME_MS).length
    const charts = await chartSpeed(page, viewer.url)
    return [
      line(`viewer: first contentful paint at ${calls} calls`, median(paints), PAINT_MS),
      line('viewer: filter to rows, median', median(filters), FILTER_MS),
      line('viewer: filter to rows, slowest', Math.max(...filters), FILTER_MS),
      line('viewer: a frame while scrolling, median', median(frames), Math.ceil(FRAME_MS)),
      {
        what: 'viewer: frames that scrolling dropped',
        ours: `${dropped} of ${frames.length}`,
        control: '',
        ratio: '',
        aim: '< 5%',
        met: dropped < frames.length * 0.05
      },
      line(
        `viewer: six charts of ${POINTS.toLocaleString('en')} steps, drawn`,
        charts.drawn,
        1_000
      ),
      line('viewer: a frame while somebody points at them', charts.frame, Math.ceil(FRAME_MS))
    ]
  } finally {
    await browser.close()
  }
}

async function firstPaint(page: Page, url: string): Promise<number> {
  await page.goto(new URL('/calls', url).href)
  await page.locator('.row').first().waitFor()
  return await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN
  )
}

/** From the request to the first frame that has the rows of a filter. */
async function filterTime(page: Page, filter: string): Promise<number> {
  return await page.evaluate(async (q) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const began = performance.now()
    history.pushState(null, '', `?q=${encodeURIComponent(q)}`)
    dispatchEvent(new PopStateEvent('popstate'))
    // The count ends in … while rows are on their way.
    do await frame()
    while (
      document.querySelector('.count')?.textContent?.endsWith('…') &&
      performance.now() - began < 10_000
    )
    return performance.now() - began
  }, filter)
}

/** The lengths of the frames, in milliseconds, while the list is scrolled by some rows a frame. */
async function scrollFrames(page: Page): Promise<readonly number[]> {
  return await page.evaluate(async (length) => {
    const list = document.querySelector('.rows')
    const frames: number[] = []
    const began = performance.now()
    let last = began
    while (last - began < length) {
      list?.scrollBy(0, 90)
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
      frames.push(now - last)
      last = now
    }
    return frames.slice(2)
  }, SCROLL_MS)
}

/** Steps of the charts that are measured: the viewer itself asks for 240. */
const POINTS = 100_000
const MOVES_MS = 2_000

/** How long the charts of a dashboard of many steps take from the answer on, and frames while the pointer moves over them. */
async function chartSpeed(page: Page, url: string): Promise<{ drawn: number; frame: number }> {
  await page.route('**/api/series*', async (route) => {
    await route.fulfill({ json: longSeries() })
  })
  await page.goto(new URL('/dashboard', url).href)
  const drawn = await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const areDrawn = () => document.querySelectorAll('.chart canvas').length === 6
    while (!areDrawn()) await frame()
    await frame()
    const answered = performance
      .getEntriesByType('resource')
      .findLast(({ name }) => name.includes('/api/series')) as PerformanceResourceTiming
    return performance.now() - answered.responseEnd
  })
  const box = await page.locator('.chart .u-over').first().boundingBox()
  if (!box) return { drawn, frame: Number.NaN }
  const frames = page.evaluate(async (length) => {
    const lengths: number[] = []
    const began = performance.now()
    let last = began
    while (last - began < length) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
      lengths.push(now - last)
      last = now
    }
    return lengths.slice(2)
  }, MOVES_MS)
  const until = performance.now() + MOVES_MS
  for (let x = 0; performance.now() < until; x = (x + 7) % box.width) {
    await page.mouse.move(box.x + x, box.y + box.height / 2)
  }
  return { drawn, frame: median([...(await frames)]) }
}

/** Figures of so many minutes, as the viewer's server gives them. */
function longSeries(): object {
  const everyMs = 60_000
  const from = UNTIL - POINTS * everyMs
  const rows = Array.from({ length: POINTS }, (_, place) => {
    const calls = 20 + Math.round(10 * Math.sin(place / 230)) + (place % 7)
    const ms = { p50: 250 + (place % 40), p95: 420 + (place % 90), p99: 700 + (place % 200) }
    return {
      by: {},
      at: new Date(from + place * everyMs).toISOString(),
      calls,
      errors: place % 11 === 0 ? 1 : 0,
      inputTokens: calls * 80,
      outputTokens: calls * 20,
      durationMs: ms,
      firstChunkMs: ms,
      confidence: 0.9 + (place % 9) / 100
    }
  })
  return { from, to: UNTIL, everyMs, rows, versions: [] }
}

function line(what: string, ms: number, aim: number): Result {
  return {
    what,
    ours: `${ms.toFixed(1)} ms`,
    control: '',
    ratio: '',
    aim: `≤ ${aim} ms`,
    met: ms <= aim
  }
}
