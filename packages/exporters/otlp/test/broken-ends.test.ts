import { execFile } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { otlpExporter } from '@slm-audit/otlp'
import { describe, expect, test } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { never, recordsOf } from './support.ts'

/** What a broken end does with a connection once something arrived on it. */
const ends: { readonly [name: string]: (socket: Socket) => void } = {
  'closes without an answer': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'answers what is not HTTP': (socket) => socket.end(Buffer.alloc(64, 7))
}

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('%s', (protocol) => {
  test.each(Object.entries(ends))('an end that %s is asked again', async (_name, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => answer(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await using exporter = otlpExporter({
      protocol,
      endpoint: `http://127.0.0.1:${port}`,
      timeoutMs: 1_000
    })
    const result = await exporter.export(await recordsOf(), never)
    expect(result).toMatchObject({ status: 'retry', error: { code: 'export_failed' } })
    server.close()
  })
})

test.each([
  ['seconds', () => '2', 2_000, 2_000],
  ['a date', () => new Date(Date.now() + 600_000).toUTCString(), 1, 600_000],
  ['a date that is past', () => new Date(0).toUTCString(), 0, 0]
])('Retry-After in %s', async (_name, written, least, most) => {
  await using receiver = await otlpReceiver()
  receiver.fail('traces', { status: 503, headers: { 'retry-after': written() } })
  await using exporter = otlpExporter({ endpoint: receiver.url })
  const result = await exporter.export(await recordsOf(), never)
  const afterMs = result.status === 'retry' ? result.afterMs : undefined
  expect(afterMs).toBeGreaterThanOrEqual(least)
  expect(afterMs).toBeLessThanOrEqual(most)
})

test('importing the package loads nothing of OpenTelemetry but its API', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        if (/^@?[a-z]/.test(specifier) && !specifier.startsWith('node:')) loaded.add(specifier)
        return next(specifier, context)
      }
    })
    await import('@slm-audit/otlp')
    console.log([...loaded].sort().join(' '))`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(stdout.trim()).toBe(
    '@opentelemetry/api @slm-audit/core @slm-audit/core/exporter @slm-audit/otlp'
  )
})
