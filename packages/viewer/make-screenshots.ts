// `pnpm screenshots`: the pictures of README and guide, from the generated corpus and a small log that is signed.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openReader, reindex } from '@slm-audit/sqlite'
import type { Browser } from 'playwright-core'
import { writeCorpus } from '../../bench/corpus/write-corpus.ts'
import { serveViewer } from './src/index.ts'
import { launchChromium } from './test/browser.ts'
import { recordDialogue } from './test/shop-dialogue.ts'

const OUT = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const SIZE = { width: 1280, height: 760 }
const CALLS = 20_000
/** The pictures are the same however often they are made. */
const UNTIL = Date.parse('2026-11-29T16:00:00Z')
const QUALITY = 0.82
/** Time for figures that are drawn after the rows, in milliseconds. */
const SETTLES_MS = 2_500

interface Picture {
  readonly name: string
  readonly path: string
  readonly isDark?: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-screenshots-'))
const browser = await launchChromium()
try {
  const file = join(folder, 'audit.db')
  writeCorpus(file, { calls: CALLS, until: UNTIL, seed: 1 })
  await reindex(file)
  await take(file, [
    { name: 'viewer-calls', path: '/calls' },
    { name: 'viewer-dashboard', path: '/dashboard', isDark: true }
  ])
  const signed = join(folder, 'signed.db')
  await recordDialogue(signed)
  await take(signed, [{ name: 'viewer-call', path: '/call/5' }])
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

async function take(file: string, pictures: readonly Picture[]): Promise<void> {
  await using reader = await openReader(file)
  await using viewer = await serveViewer(reader, { name: 'support-bot · audit.db' })
  mkdirSync(OUT, { recursive: true })
  for (const { name, path, isDark } of pictures) {
    const colorScheme = isDark ? 'dark' : 'light'
    const context = await browser.newContext({ viewport: SIZE, colorScheme, timezoneId: 'UTC' })
    const page = await context.newPage()
    await page.goto(viewer.url)
    await page.goto(new URL(path, viewer.url).href)
    await page.waitForTimeout(SETTLES_MS)
    writeFileSync(join(OUT, `${name}.webp`), await asWebp(browser, await page.screenshot()))
    console.log(`docs/images/${name}.webp`)
    await context.close()
  }
}

/** A picture as WebP, which a browser makes of it. */
async function asWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const source = `data:image/png;base64,${png.toString('base64')}`
  const made = await page.evaluate(
    async ([from, quality]) => {
      const image = new Image()
      image.src = from
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', quality)
    },
    [source, QUALITY] as const
  )
  await page.close()
  return Buffer.from(made.slice(made.indexOf(',') + 1), 'base64')
}
