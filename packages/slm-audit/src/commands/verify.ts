import type { VerifyReport } from '@slm-audit/core'
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

const BAR = 24

/** `slm-audit verify`: recomputes what the stored rows say of themselves. */
export function addVerify(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('verify')
    .description('checks every stored row against its hashes; exits 1 when one is not right')
  readOptions(command).action(async (options: ReadOptions) => {
    await withReader(options, async (reader) => {
      const report = await reader.verify((checked, of) => terminal.progress(bar(checked, of)))
      terminal.progress('')
      terminal.print(options.json ? JSON.stringify(report) : renderReport(report, terminal))
      if (report.flaw) finish(1)
    })
  })
}

/** A report in words, with what it could not know. */
export function renderReport(report: VerifyReport, terminal: Terminal): string {
  const { checked, flaw, openCalls, lostRecords } = report
  const lines = flaw
    ? [
        terminal.style('red', `✗ record ${flaw.index}: ${flaw.kind}`),
        `  ${flaw.detail}`,
        `  ${count(checked, 'record')} before it ${checked === 1 ? 'is' : 'are'} right`
      ]
    : [
        terminal.style(
          'green',
          `✓ ${count(checked, 'record')} checked: headers, contents and order`
        ),
        terminal.style(
          'dim',
          '  self-consistent only: without a checkpoint kept elsewhere, a log that was'
        ),
        terminal.style('dim', '  rewritten as a whole would pass')
      ]
  if (openCalls > 0)
    lines.push(terminal.style('yellow', `  ${count(openCalls, 'call')} still open`))
  if (lostRecords > 0) {
    lines.push(terminal.style('yellow', `  ${count(lostRecords, 'record')} lost and counted`))
  }
  return lines.join('\n')
}

function bar(checked: number, of: number): string {
  const share = of === 0 ? 1 : checked / of
  const filled = Math.round(share * BAR)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${checked} of ${of}`
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`
}
