import { Writable } from 'node:stream'
import { consoleExporter } from '@slm-audit/console'
import { decodeSealed } from '@slm-audit/core/reader'
import { memoryLog, sealedRecords } from '@slm-audit/testing'
import { type ExporterFault, testExporter } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'

/** A stream that keeps its text, and does what a fault says. */
function sheet(isTTY = false) {
  const state = { text: '', fault: undefined as ExporterFault | undefined }
  const stream = new Writable({
    autoDestroy: false,
    write(chunk, _encoding, done) {
      if (state.fault === 'hang') {
        const timer = setInterval(() => {
          if (state.fault === 'hang') return
          clearInterval(timer)
          state.text += String(chunk)
          done()
        }, 5)
      } else if (state.fault === 'down') done(new Error('broken pipe'))
      else {
        state.text += String(chunk)
        done()
      }
    }
  })
  return { stream: Object.assign(stream, { isTTY }), state }
}

const lines = (text: string) => text.split('\n').slice(0, -1)

testExporter({
  name: 'console',
  faults: ['hang'],
  make() {
    const { stream, state } = sheet()
    return {
      open: () => consoleExporter({ stream }),
      received: () => lines(state.text).map((line) => JSON.parse(line).index),
      cause(fault) {
        state.fault = fault
      },
      [Symbol.asyncDispose]: async () => undefined
    }
  }
})

describe('consoleExporter', () => {
  const signal = () => AbortSignal.timeout(60_000)

  test('writes JSON that gives the records back whole', async () => {
    const { stream, state } = sheet()
    const records = await sealedRecords(4)
    await consoleExporter({ stream }).export(records, signal())
    expect(lines(state.text).map(decodeSealed)).toEqual(records)
  })

  test('shows calls to people: facts on one line, texts below, cut', async () => {
    const { stream, state } = sheet(true)
    const { log } = memoryLog()
    log.addExporter(consoleExporter({ stream, textLength: 20 }))
    const request = { operation: 'chat', provider: 'test', model: 'm-1', input: 'a'.repeat(50) }
    await log.record(
      request,
      async () => 'on its way',
      (output) => ({ output, usage: { inputTokens: 5, outputTokens: 3 } })
    )
    await log.record(request, () => Promise.reject(new TypeError('no'))).catch(() => undefined)
    log.annotate('x', { thumb: 'up' })
    await log.close()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
    const plain = lines(state.text.replace(/\u001B\[\d+m/g, ''))
    expect(state.text).toContain('\u001B[32mcomplete')
    expect(plain[0]).toMatch(/^[\d:.]{12} {2}received {3}chat {2}m-1 {2}[\da-f-]{36}$/)
    expect(plain[1]).toBe(`  input: ${'a'.repeat(20)}…`)
    expect(plain[2]).toMatch(/complete {3}chat {2}m-1 {2}5 → 3 tokens {2}[\d.]+ ms/)
    expect(plain[3]).toBe('  output: on its way')
    expect(plain[6]).toMatch(/error {6}chat {2}m-1 {2}[\d.]+ ms {2}TypeError/)
    expect(plain.at(-1)).toMatch(/event {6}annotation {2}\{"thumb":"up"\}/)
  })

  test('what a model says cannot steer the terminal', async () => {
    const { stream, state } = sheet(true)
    const { log } = memoryLog()
    log.addExporter(consoleExporter({ stream, format: 'pretty' }))
    const input = 'red \u001B[31m alert\u0007 \u202E reversed\r\nnext'
    await log.record({ operation: 'chat', provider: 'p', input }, async () => 1)
    await log.close()
    expect(state.text).toContain('  input: red [31m alert reversed next\n')
  })

  test('a reader that goes away is a failure of the exporter, not of the process', async () => {
    const { stream, state } = sheet()
    state.fault = 'down'
    const result = await consoleExporter({ stream }).export(await sealedRecords(1), signal())
    expect(result).toMatchObject({ status: 'retry', error: { message: 'broken pipe' } })
    await expect.poll(() => stream.listenerCount('error')).toBe(0)
  })

  test('a record that the format throws for is refused, not tried for ever', async () => {
    const format = () => {
      throw new Error('quotes a prompt')
    }
    const exporter = consoleExporter({ stream: sheet().stream, format })
    const result = await exporter.export(await sealedRecords(1), signal())
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'export_rejected' } })
  })

  test.each([
    [undefined, /consoleExporter takes an object of options: stream/],
    [{}, /stream must be a writable stream, such as process.stdout/],
    [{ stream: sheet().stream, format: 'xml' }, /format must be pretty, json or a function/],
    [{ stream: sheet().stream, textLength: -1 }, /textLength must be a number of at least 0/],
    [{ stream: sheet().stream, colour: true }, /no option colour/]
  ])('explains bad options %#', (options, message) => {
    expect(() => consoleExporter(options as never)).toThrow(message)
  })
})
