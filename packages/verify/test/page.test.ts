import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createAuditLog } from 'slm-audit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifierPage } from '../../../scripts/verifier-page.ts'
import {
  chromiumPath,
  launchChromium,
  mustRun
} from '../../adapters/web-llm/test/browser/chromium.ts'
import { cli } from '../../slm-audit/test/run.ts'

type Browser = Awaited<ReturnType<typeof launchChromium>>
type Page = Awaited<ReturnType<Browser['newPage']>>

const isMissing = chromiumPath === undefined && !mustRun
const title = `the page, in Chromium${isMissing ? ' (not run: it is not installed; scripts/crosscheck/install.sh installs it)' : ''}`

describe.skipIf(isMissing)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-page-'))
  const at = (name: string) => join(folder, name)
  const asked: string[] = []
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const file = at('audit.db')
    const log = await createAuditLog({ file })
    for (let call = 0; call < 150; call++) {
      await log.record(
        { operation: 'chat', provider: 'p', input: `Grüße ${call}` },
        async () => 'a'
      )
    }
    await log.close()
    writeFileSync(at('policy'), (await cli('key', '--file', file)).out)
    await cli('export', '--file', file, '--tiles', at('tiles'))
    await cli('prove', '7', '--file', file, '--out', at('proofs'))
    writeFileSync(at('verifier.html'), await verifierPage())
    browser = await launchChromium()
    page = await browser.newPage()
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(pathToFileURL(at('verifier.html')).href)
  })

  afterAll(() => browser?.close())

  async function verdictOn(files: { readonly folder?: string; readonly files?: string[] }) {
    await page.reload()
    await page.setInputFiles('#policy', at('policy'))
    if (files.folder) await page.setInputFiles('#folder', files.folder)
    if (files.files) await page.setInputFiles('#files', files.files)
    await page.click('#verify')
    await page.waitForFunction(() => document.getElementById('verdict')?.textContent !== '')
    return (await page.textContent('#verdict')) ?? ''
  }

  test('verifies an export of tiles, and asks nobody', async () => {
    expect(await verdictOn({ folder: at('tiles') })).toMatch(
      /^VERIFIED: 301 records of slm-audit\/.*\n300 of 300 contents are here/
    )
    expect(asked.every((url) => url.startsWith('file:'))).toBe(true)
  })

  test('verifies the proofs of a call', async () => {
    const files = readdirSync(at('proofs')).map((name) => join(at('proofs'), name))
    const verdict = await verdictOn({ files })
    expect(verdict.match(/VERIFIED: record \d+ of 301/g)).toHaveLength(2)
  })

  test('names what was changed', async () => {
    const changed = at('tiles/contents/000.jsonl')
    const before = readFileSync(changed)
    writeFileSync(changed, before.toString().replace('"body":"R', '"body":"S'))
    expect(await verdictOn({ folder: at('tiles') })).toMatch(/^NOT VERIFIED: record \d+: content/)
    writeFileSync(changed, before)
    appendFileSync(at('tiles/tile/0/000'), 'x')
    expect(await verdictOn({ folder: at('tiles') })).toMatch(/^NOT VERIFIED: record 0: changed/)
  })
})
