import { MLCEngine } from '@mlc-ai/web-llm'
import { memoryLog } from '@slm-audit/testing'
import { storesNoCanary, testMethod } from '@slm-audit/testing/conformance'
import { wrapWebLLM } from '@slm-audit/web-llm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { MLCEngine as OldEngine } from 'web-llm-0.2.79'
import { type CannedEngine, cannedEngine } from './canned-engine.ts'
import { scenarios, withoutClock } from './scenarios.ts'
import { appConfig, type StandIn, standIn } from './stand-in.ts'

let ids = 0

// Fixtures hold what engines make of clock and chance.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-31T08:00:00Z') })
  vi.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    const id = String(++ids).padStart(12, '0')
    return `00000000-0000-4000-8000-${id}`
  })
})
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const engines = {
  'web-llm 0.2.86': MLCEngine,
  'web-llm 0.2.79': OldEngine as unknown as typeof MLCEngine
}

for (const [name, Engine] of Object.entries(engines)) {
  const isNewest = Engine === MLCEngine
  testMethod<StandIn>({
    name,
    create() {
      ids = 0
      return standIn(new Engine({ appConfig, logLevel: 'SILENT' }))
    },
    wrap(subject, log) {
      expect(wrapWebLLM(subject.engine, log)).toBe(subject.engine)
      expect(subject.engine).toBeInstanceOf(Engine)
      return subject
    },
    scenarios: scenarios.map(({ name, run, expected, fixture, leavesOpen }) => ({
      name,
      run: async (subject) => withoutClock(await run(subject)),
      ...(leavesOpen && { leavesOpen }),
      ...(fixture !== undefined &&
        isNewest && { folder: new URL(`../fixtures/${fixture}/`, import.meta.url) }),
      check: (calls) => expect(calls).toMatchObject(expected)
    }))
  })
}

test('refuses what is not an engine', () => {
  expect(() => wrapWebLLM({ chatCompletion: 1 } as never, memoryLog().log)).toThrow(
    'the object is not an engine of WebLLM: it has no method chatCompletion'
  )
})

test('nothing that a policy redacts is stored of chats, streams and errors', () =>
  storesNoCanary(async (log, text) => {
    const choice = (said: object) => ({ id: 'c', model: 'm', choices: [{ index: 0, ...said }] })
    const pieces = text.match(/.{1,5}/gsu) ?? []
    async function* chunks() {
      for (const content of pieces) yield choice({ delta: { content } })
    }
    const canned: CannedEngine = {
      ...cannedEngine(),
      async chatCompletion({ stream, messages: [first] }) {
        if (first === undefined) throw new Error(text)
        return stream ? chunks() : choice({ message: { role: 'assistant', content: text } })
      }
    }
    const engine = wrapWebLLM(canned, log)
    const messages = [{ role: 'user', content: text }]
    await engine.chatCompletion({ messages })
    await engine.chatCompletion({ messages: [] }).catch(() => undefined)
    for (const most of [2, pieces.length]) {
      let seen = 0
      const stream = await engine.chatCompletion({ messages, stream: true })
      for await (const _chunk of stream as AsyncIterable<unknown>) if (++seen === most) break
    }
  }))
