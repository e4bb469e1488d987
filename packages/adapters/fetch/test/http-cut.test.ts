import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { auditHttp } from '../src/index.ts'

test.each([
  ['an answer', 'error', { before: 'answer' }],
  ['an error', 'error', { before: 'cut' }],
  ['that the application gives up', 'cancelled', { before: 'destroy' }]
] as const)(
  'a request that is not whole before %s is a call whose input is marked as cut',
  async (_what, stage, { before }) => {
    const server = http.createServer((request, response) => {
      request.once('data', () => {
        if (before === 'cut') request.socket.destroy()
        else if (before === 'answer')
          response.writeHead(413).end('{"error":{"message":"too large"}}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { log, calls, problems } = memoryLog()
    using _ = auditHttp(log)
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/v1/chat/completions`
    await new Promise<void>((resolve) => {
      const request = http.request(url, { method: 'POST' }, (response) => {
        response.resume().on('end', () => {
          resolve()
          request.destroy()
        })
      })
      request.on('error', () => resolve())
      request.write('{"model":"m","messages":[', () => {
        if (before === 'destroy') request.destroy()
      })
    })
    await expect.poll(async () => (await calls()).map((call) => call.stage)).toEqual([stage])
    const [call] = await calls()
    expect(call?.contents.input).toBeUndefined()
    expect(call?.record.altered).toContainEqual({
      ...{ pointer: '/input', what: 'unread' },
      reason: 'not all of the request came'
    })
    expect(problems).toEqual([])
    server.closeAllConnections()
    server.close()
  }
)
