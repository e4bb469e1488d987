import { AuditError } from '@slm-audit/core'
import type { Command } from 'commander'
import { renderCall } from '../render/call.ts'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** `slm-audit show`: one call with all that was recorded of it. */
export function addShow(program: Command, terminal: Terminal): void {
  const command = program
    .command('show')
    .description('one call, whole')
    .argument('<auditId>', 'the id, or as much of its beginning as one call alone has')
  readOptions(command).action(async (auditId: string, options: ReadOptions) => {
    await withReader(options, async (reader) => {
      const call = await reader.get(auditId)
      if (call === undefined) {
        throw new AuditError(
          'not_found',
          `there is no call ${auditId}; slm-audit list shows the newest, slm-audit search finds by words`
        )
      }
      terminal.print(options.json ? visibleJson(call) : renderCall(call, terminal))
    })
  })
}
