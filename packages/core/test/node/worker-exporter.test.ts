import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workerExporter } from '@slm-audit/core/node'
import { expect, test } from 'vitest'

test('a worker that could not be started is started by a later batch', async () => {
  const obstacle = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'obstacle')
  writeFileSync(obstacle, '')
  const worker = new URL('../programs/refusing-worker.ts', import.meta.url)
  await using exporter = workerExporter({ name: 'test', worker, data: { obstacle } })
  const send = () => exporter.export([], AbortSignal.timeout(20_000))
  expect(await send()).toMatchObject({
    status: 'retry',
    error: { code: 'journal_failed', message: 'there is an obstacle' }
  })
  rmSync(obstacle)
  expect(await send()).toEqual({ status: 'stored' })
})
