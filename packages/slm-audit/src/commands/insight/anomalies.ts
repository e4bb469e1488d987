import { type AuditedCall, bothOf, filterTree } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { visibleList } from '../../render/columns.ts'
import { renderAnomalies } from '../../render/insight/anomalies.ts'
import type { Terminal } from '../../terminal.ts'
import { explainMore, type FilterOptions, filterOptions, toFilter, toPage } from '../filter.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'

/** `slm-audit anomalies`: what was found that is not as usual. */
export function addAnomalies(program: Command, terminal: Terminal): void {
  const command = program
    .command('anomalies')
    .description('what was not as usual, newest first, where createAuditLog looks for it')
  readOptions(filterOptions(command)).action(
    async (words: string[], options: ReadOptions & FilterOptions) => {
      await withReader(options, async (reader) => {
        const filter = bothOf(filterTree({ kind: 'anomaly' }), toFilter(words, options))
        const page = await reader.query(filter, toPage(options))
        const found: AuditedCall[] = []
        for (const { auditId } of page.items) {
          const record = await reader.get(auditId)
          if (record) found.push(record)
        }
        const events = found.map(({ record, indices }) => ({ index: indices[0], ...record.event }))
        terminal.print(options.json ? visibleList(events) : renderAnomalies(found, terminal))
        explainMore(page, options.json, terminal, command)
      })
    }
  )
}
