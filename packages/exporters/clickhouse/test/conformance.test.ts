import { clickhouseExporter, openClickHouseReader } from '@slm-audit/clickhouse'
import { type Journal, memoryJournal, type SealedRecord } from '@slm-audit/core'
import { testExporter, testReader } from '@slm-audit/testing/conformance'
import { afterAll, describe } from 'vitest'
import { hasChdb, TestServer } from './chdb.ts'

let tables = 0
/** Tables of its own for each test. */
const fresh = () => `log_${tables++}`

describe.runIf(hasChdb())('on ClickHouse', async () => {
  const server = await TestServer.start()
  afterAll(() => server[Symbol.asyncDispose]())

  testExporter({
    name: 'clickhouseExporter',
    faults: ['down', 'hang', 'refuse'],
    make() {
      const place = { url: server.url, table: fresh() }
      return {
        open: () => clickhouseExporter(place),
        async received() {
          server.fault = undefined
          const sql = `SELECT idx FROM ${place.table}_records FINAL ORDER BY idx FORMAT TSV`
          const response = await fetch(server.url, { method: 'POST', body: sql })
          return (await response.text()).trim().split('\n').filter(Boolean).map(Number)
        },
        cause(fault) {
          server.fault = fault
        },
        async [Symbol.asyncDispose]() {
          server.fault = undefined
        }
      }
    }
  })

  testReader({
    name: 'ClickHouse',
    make() {
      const place = { url: server.url, table: fresh() }
      const exporter = clickhouseExporter(place)
      return {
        open: async () => exporting(memoryJournal({ origin: 'test' }), exporter),
        read: () => openClickHouseReader(place),
        [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose]()
      }
    }
  })
})

type Exporting = ReturnType<typeof clickhouseExporter>

/** A journal whose records are in the copy once they are acknowledged, so that a test need not wait for it. */
function exporting(journal: ReturnType<typeof memoryJournal>, exporter: Exporting): Journal {
  return {
    ...journal,
    async append(batch, ...rest) {
      const before = journal.records.length
      await journal.append(batch, ...rest)
      const added: readonly SealedRecord[] = journal.records.slice(before)
      const result = await exporter.export(added, AbortSignal.timeout(60_000))
      if (result.status !== 'stored') throw result.error
    }
  }
}
