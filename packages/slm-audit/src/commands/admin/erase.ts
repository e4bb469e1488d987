import type { EraseReport } from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import type { Command } from 'commander'
import { renderErasure, sinksOf } from '../../render/admin/erasure.ts'
import { visibleJson } from '../../render/columns.ts'
import { progressBeforeIndex } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { type AdminWords, adminOf, adminOptions } from './admin-of.ts'
import { chosenScope, type ScopeOptions, scopeOptions } from './chosen-scope.ts'

interface Options extends ScopeOptions, AdminWords {
  readonly json?: boolean
  readonly reason?: string
  readonly as?: string
  readonly dryRun?: boolean
}

/** `slm-audit erase`: takes contents out for good. */
export function addErase(program: Command, terminal: Terminal): void {
  const command = program
    .command('erase')
    .description('takes contents of calls out for good; headers and every proof stay valid')
  adminOptions(scopeOptions(command))
    .option('--reason <text>', 'why; it is kept with the record of the erasure')
    .option('--as <name>', 'who asks for it (default: the user of the operating system)')
    .option('--dry-run', 'says what would be erased, and erases nothing')
    .option('--json', 'one JSON document, for programs')
    .option('--utc', 'times meant in UTC, not by the clock here')
    .action(async (words: string[], options: Options) => {
      const { file, admin } = await adminOf(options)
      const { scope, scopeName } = await chosenScope('erase', words, { ...options, file })
      const isDone = options.dryRun !== true
      const report = await admin.erase({
        scope,
        scopeName,
        reason: options.reason ?? 'not said',
        by: options.as ?? userName(),
        dryRun: !isDone,
        onProgress: (done, of) => terminal.progress(progressBeforeIndex(done, of))
      })
      terminal.progress('')
      print(report, isDone, options, terminal)
    })
}

function print(report: EraseReport, isDone: boolean, options: Options, terminal: Terminal): void {
  if (options.json)
    terminal.print(visibleJson({ ...report, sinks: sinksOf(report.exporters), isDone }))
  else terminal.print(renderErasure(report, isDone, terminal))
}
