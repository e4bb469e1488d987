import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Anomaly } from '@slm-audit/core/reader'
import { createAuditLog } from 'slm-audit'
import { expect, test } from 'vitest'
import { cli } from '../run.ts'

const SOON = { timeout: 20_000 }

test('a session that goes in circles is recorded, and told within seconds', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-anomalies-')), 'audit.db')
  const posted: Anomaly[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    posted.push(JSON.parse(body))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const found: Anomaly[] = []
  const problems: string[] = []
  const log = await createAuditLog({
    file,
    onProblem: ({ message }) => problems.push(message),
    anomalies: {
      webhook: `http://127.0.0.1:${port}/anomalies`,
      onAnomaly: (anomaly) => {
        found.push(anomaly)
        throw new Error('of the listener')
      }
    }
  })
  for (let at = 0; at < 9; at++) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: 'Where is it?' }
    await log.withContext({ session: 'S-1' }, () => log.record(request, async () => 'Soon.'))
  }
  await expect.poll(() => found.map(({ detector }) => detector), SOON).toEqual(['loop'])
  await expect.poll(() => posted, SOON).toEqual(found)
  await log.close()
  server.close()
  expect(problems).toEqual(['onAnomaly threw: of the listener'])
  const listed = await cli('anomalies', '--file', file)
  expect(listed.out).toMatch(/! \d+ .*session S-1 asks the same again and again, 8 times/)
  const json = JSON.parse((await cli('anomalies', '--file', file, '--jsonl')).out)
  expect(json).toMatchObject({ detector: 'loop', session: 'S-1', now: 8 })
  expect((await cli('anomalies', 'since:1h', 'user:nobody', '--file', file)).out).toMatch(
    /nothing was/
  )
  expect((await cli('verify', '--file', file)).code).toBe(0)
})

test.each([
  [{ detectors: ['latencies'] }, /no latencies; there are errors, latency/],
  [{ onAnomaly: 7 }, /must be a function/],
  [{ webhook: 'nowhere' }, /anomalies\.webhook/],
  [{ hook: 1 }, /hook/]
])('%j is refused', async (anomalies, message) => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-anomalies-')), 'audit.db')
  const opened = createAuditLog({ file, anomalies: anomalies as never })
  await expect(opened).rejects.toMatchObject({
    code: 'bad_option',
    message: expect.stringMatching(message)
  })
})
