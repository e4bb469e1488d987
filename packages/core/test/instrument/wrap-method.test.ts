import { wrapMethod } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { callsOf, newLog } from '../helpers.ts'

describe('wrapMethod', () => {
  class Model {
    #secret = 'from inside'
    async ask(question: string, options?: { onToken?: (token: string) => void }): Promise<string> {
      if (question === '') throw new RangeError('no question')
      options?.onToken?.('to')
      return `${question} ${this.#secret}`
    }
  }
  const protocol = {
    readRequest: ([input]: [string, ...unknown[]]) => ({
      operation: 'chat',
      provider: 'test',
      input
    })
  }

  test('records one method of one object in place, and leaves the class alone', async () => {
    const { log, journal } = newLog()
    const model = new Model()
    expect(wrapMethod(log, model, 'ask', protocol as never)).toBe(model)
    wrapMethod(log, model, 'ask', protocol as never)
    expect(await model.ask('hi')).toBe('hi from inside')
    await expect(model.ask('')).rejects.toThrow(RangeError)
    await new Model().ask('unseen')
    await log.close()
    const calls = callsOf(journal.records)
    expect(
      calls.map(({ stage, contents }) => [stage, contents['output'] ?? contents['error']])
    ).toEqual([
      ['complete', 'hi from inside'],
      ['error', 'no question']
    ])
    expect(Object.keys(model)).toEqual([])
  })

  test('a protocol that throws costs the record its details, never the call', async () => {
    const { log, journal } = newLog()
    const broken = () => {
      throw new Error('broken')
    }
    const model = wrapMethod(log, new Model(), 'ask', {
      readRequest: broken,
      prepare: broken
    } as never)
    expect(await model.ask('hi')).toBe('hi from inside')
    await log.close()
    expect(callsOf(journal.records)[0]?.record.call?.operation).toBe('unknown')
  })

  test('tells what was heard before a failure, and which call the code runs inside of', async () => {
    const { log, journal } = newLog()
    const current: unknown[] = [log.currentCall]
    const model = wrapMethod(log, new Model(), 'ask', {
      ...protocol,
      prepare: (args: unknown[], call: { readonly auditId: string }) => {
        current.push(log.currentCall === call.auditId)
        return args
      },
      readFailure: (error: Error) => ({ output: `before ${error.message}` })
    } as never)
    await expect(model.ask('')).rejects.toThrow(RangeError)
    await log.close()
    expect(callsOf(journal.records)[0]).toMatchObject({
      stage: 'error',
      contents: { output: 'before no question', error: 'no question' }
    })
    expect(current).toEqual([undefined, true])
  })

  test('may end the call otherwise than its result does', async () => {
    const { log, journal } = newLog()
    const model = wrapMethod(log, new Model(), 'ask', {
      ...protocol,
      readResult(
        output: string,
        _args: unknown,
        call: { cancel(by: 'consumer', how: object): void }
      ) {
        call.cancel('consumer', { output })
        return {}
      }
    } as never)
    expect(await model.ask('hi')).toBe('hi from inside')
    await log.close()
    expect(callsOf(journal.records)[0]).toMatchObject({
      stage: 'cancelled',
      contents: { output: 'hi from inside' }
    })
  })

  test('folds a stream item by item; what cannot be read costs that item alone', async () => {
    const { log, journal } = newLog()
    const items = [{ text: 'a' }, { text: null }, { text: 'b' }]
    const model = {
      async stream() {
        return (async function* () {
          for (const item of items) yield { ...item }
        })()
      }
    }
    wrapMethod(log, model, 'stream', {
      ...protocol,
      readStream() {
        let output = ''
        return {
          next(item: { text: string }) {
            output += item.text.toUpperCase()
          },
          read: () => ({ output }),
          end(call: { cancel(by: 'consumer', how: object): void }) {
            call.cancel('consumer', { output: `${output} and cut off` })
            return {}
          }
        }
      }
    } as never)
    const seen: unknown[] = []
    for await (const item of await model.stream()) {
      seen.push({ ...item })
      item.text = 'changed'
    }
    expect(seen).toEqual(items)
    for await (const _ of await model.stream()) break
    await log.close()
    expect(callsOf(journal.records)).toMatchObject([
      { stage: 'cancelled', contents: { output: 'AB and cut off' } },
      { stage: 'cancelled', contents: { output: 'A' } }
    ])
  })

  test('refuses what is not a method', () => {
    const { log } = newLog()
    expect(() => wrapMethod(log, { a: 1 }, 'a', protocol as never)).toThrow(TypeError)
  })
})
