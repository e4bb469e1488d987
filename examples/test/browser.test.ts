import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import {
  chromiumPath,
  launchChromium,
  mustRun
} from '../../packages/adapters/web-llm/test/browser/chromium.ts'

const root = new URL('../..', import.meta.url).pathname
const isMissing = chromiumPath === undefined && !mustRun

test.skipIf(isMissing)(
  `browser keeps what a page records, and the command line imports it${isMissing ? ' (not run: Chromium is not installed; scripts/crosscheck/install.sh installs it)' : ''}`,
  async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'slm-audit-example-'))
    const server = spawn(process.execPath, [join(root, 'examples/browser/main.ts')], { cwd })
    const lines: string[] = []
    createInterface({ input: server.stdout }).on('line', (line) => lines.push(line))
    const browser = await launchChromium()
    try {
      await expect.poll(() => lines[0]).toMatch(/^open http/)
      const tab = await browser.newPage()
      await tab.goto(lines[0]?.slice('open '.length) ?? '')
      await tab.click('form button')
      await expect.poll(() => tab.textContent('output')).toBe('Refunds take five days.')
      const stages = () => lines.slice(1).map((line) => line.replace(/ in .*$/, ''))
      await expect.poll(stages).toEqual(['record 0 received', 'record 1 complete'])
      const [received = ''] = readdirSync(cwd)
      const download = tab.waitForEvent('download')
      await tab.click('#save')
      const saved = await (await download).path()
      expect(readFileSync(saved, 'utf8')).toBe(readFileSync(join(cwd, received), 'utf8'))
      const cli = (...args: string[]) =>
        promisify(execFile)(
          process.execPath,
          [join(root, 'packages/slm-audit/src/cli.ts'), ...args],
          { cwd }
        )
      expect((await cli('import', received, '--into', 'pages.db')).stdout).toMatch(/2 of them new/)
      const found = await cli('search', 'refund', '--user', 'u-7', '--file', 'pages.db')
      expect(found.stdout).toMatch(/\[refund\]/)
    } finally {
      server.kill()
      await browser.close()
    }
  },
  60_000
)
