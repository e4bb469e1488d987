import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import type { Worker } from 'node:worker_threads'
import { writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { createAuditLog, openReader } from 'slm-audit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { alignTokens } from '../src/align-tokens.ts'
import { check, find } from '../src/classifier.ts'

const workers = vi.hoisted((): Worker[] => [])
vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof import('node:worker_threads')>()
  const Recorded = class extends threads.Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      workers.push(this)
    }
  }
  return { ...threads, Worker: Recorded }
})

let root = ''
let folder = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slm-audit-classifier-'))
  await writeTinyOnnx(root, 'tiny-entities')
  folder = join(root, 'tiny-entities')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const valuesIn = (text: string, options: object = {}) =>
  find(text, { folder, ...options }).map(([start, end]) => text.slice(start, end))

test('a real model says where names and places stand', () => {
  expect(valuesIn('Ada Lovelace lives in London')).toEqual(['Ada Lovelace', 'London'])
  expect(valuesIn('Ada Lovelace lives in London', { entities: ['LOC'] })).toEqual(['London'])
  expect(valuesIn('Ada Lovelace lives in London', { atLeast: 0.99 })).toEqual(['London'])
  expect(valuesIn('12 + 30')).toEqual([])
  expect(valuesIn('no one')).toEqual([])
})

test('a text that is longer than the model reads is read whole', () => {
  const text = `${'lives in '.repeat(300)}Ada Lovelace ${'lives in '.repeat(300)}London`
  expect(valuesIn(text)).toEqual(['Ada Lovelace', 'London'])
})

test('tokens find their places again: pieces of words, accents, and what the tokenizer does not know', () => {
  const token = (word: string, entity = 'O') => ({ word, entity, score: 1 })
  const places = (text: string, ...tokens: ReturnType<typeof token>[]) =>
    alignTokens(text, tokens, ({ entity }) => entity !== 'O').map(([a, b]) => text.slice(a, b))
  expect(
    places('José Núñez ißt', token('jose', 'B'), token('nu', 'I'), token('##nez'), token('ißt'))
  ).toEqual(['José Núñez'])
  expect(places('frag 王小明 dort', token('frag'), token('[UNK]', 'B'), token('dort'))).toEqual([
    '王小明'
  ])
  expect(places('Ada, Bob', token('Ada', 'B'), token(','), token('Bob', 'B'))).toEqual([
    'Ada',
    'Bob'
  ])
})

test('one that is gone is started again, and one that cannot be loaded is stopped', async () => {
  valuesIn('Ada Lovelace', { atLeast: 0.4 })
  await workers.at(-1)?.terminate()
  expect(valuesIn('Ada Lovelace lives', { atLeast: 0.4 })).toEqual(['Ada Lovelace'])

  const ended = workers.length
  expect(() => valuesIn('Ada Lovelace', { dtype: 'q4' })).toThrow()
  const [failed] = workers.slice(ended)
  expect(failed?.threadId === -1 || (await once(failed as Worker, 'exit'))).toBeTruthy()
})

test('a question that was given up is not the answer to the next', () => {
  const text = `${'lives in '.repeat(10_000)}Ada Lovelace`
  const asked = { timeout: 40 }
  const context = createContext({ ask: () => valuesIn(text, { atLeast: 0.45 }) })
  valuesIn('London', { atLeast: 0.45 })
  expect(() => runInContext('ask()', context, asked)).toThrow('timed out')
  expect(valuesIn('to London', { atLeast: 0.45 })).toEqual(['London'])
})

test('a policy’s file has it look through contents, in the thread of the journal', async () => {
  const module = new URL('../src/classifier.ts', import.meta.url).href
  const policy = join(root, 'policy.yaml')
  await writeFile(
    policy,
    `detectors:
  - { id: people, label: person, module: '${module}', options: { folder: ./tiny-entities, entities: [PER] } }
rules:
  - level: RequestResponse
    redact: [{ detectors: people, operator: pseudonym }]
`
  )
  const problems: unknown[] = []
  const file = join(root, 'audit.db')
  const log = await createAuditLog({ file, policy, onProblem: (problem) => problems.push(problem) })
  const request = { operation: 'chat', provider: 'test', input: 'Ada Lovelace lives in London' }
  const { auditId } = await log.record(request, async (call) => call)
  await log.close()
  expect(problems).toEqual([])
  await using reader = await openReader(file)
  const call = await reader.get(auditId)
  expect(call?.contents.input).toMatch(/^⟨person-[0-9a-f]{8}⟩ lives in London$/)
})

test.each([
  [{}, 'needs options.folder'],
  [{ folder: 'models' }, 'needs options.folder'],
  [{ folder: '/nowhere' }, 'finds no config.json in /nowhere'],
  [{ entities: ['PERSON'] }, 'knows no entity PERSON; the model has PER, LOC'],
  [{ entities: 'PER' }, 'needs a list as options.entities, such as [PER]'],
  [{ atLeast: 50 }, 'needs a number from 0 to 1'],
  [{ labels: [] }, 'has no option labels']
])(
  'options that cannot be followed are refused when the policy is loaded: %j',
  (options, message) => {
    const given =
      'folder' in options || Object.keys(options).length === 0 ? options : { folder, ...options }
    expect(() => check(given)).toThrow(message)
  }
)
