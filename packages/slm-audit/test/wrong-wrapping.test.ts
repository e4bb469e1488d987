import { readdirSync } from 'node:fs'
import {
  AuditError,
  type AuditLog,
  createAuditLog,
  memoryJournal,
  wrapFetch,
  wrapMethod
} from '@slm-audit/core'
import { expect, test } from 'vitest'

type Wrap = (...args: unknown[]) => unknown

/** `wrap*` and `audit*` of every adapter, by name, with whether they take a client before the log. */
async function wrappers(): Promise<[name: string, wrap: Wrap, takesClient: boolean][]> {
  const folder = new URL('../../adapters/', import.meta.url)
  const found: [string, Wrap, boolean][] = []
  for (const adapter of readdirSync(folder)) {
    const exported: object = await import(new URL(`${adapter}/src/index.ts`, folder).href)
    for (const [name, wrap] of Object.entries(exported)) {
      if (!/^(wrap|audit)/.test(name) || typeof wrap !== 'function') continue
      found.push([name, wrap, !/^audit(?!EmbeddingModel)/.test(name)])
    }
  }
  return found
}

const all = await wrappers()
const log = createAuditLog({ journal: memoryJournal() })
const client = () => ({ request: () => undefined, doEmbed: () => undefined })

test.each(all)(
  '%s refuses what is not a log, and says what to give',
  (_name, wrap, takesClient) => {
    const withLog = (log: unknown) => () => (takesClient ? wrap(client(), log) : wrap(log))
    expect(withLog(undefined)).toThrow(
      /undefined is not an audit log; give what `await createAuditLog\(\)`/
    )
    expect(withLog({})).toThrow(/this object is not an audit log/)
    const promise = Promise.resolve(log)
    expect(withLog(promise)).toThrow(/promise of an audit log; await createAuditLog\(\) before/)
  }
)

test.each(all.filter(([, , takesClient]) => takesClient))('%s refuses no client', (_name, wrap) => {
  expect(() => wrap(undefined, log)).toThrow(AuditError)
  expect(() => wrap(undefined, log)).toThrow(
    /nothing to wrap but undefined; give the client itself/
  )
})

test('calls that are made after their log closed are told, of any seam', async () => {
  const problems: string[] = []
  const closed: AuditLog = createAuditLog({
    journal: memoryJournal(),
    onProblem: ({ code }) => problems.push(code)
  })
  const matches = (url: URL) => url.pathname === '/model'
  const protocol = { name: 'x', matches } as unknown as Parameters<typeof wrapFetch>[1][number]
  const fetch = wrapFetch(closed, [protocol], async () => new Response('as it was'))
  const model = { ask: () => 'as it was' }
  wrapMethod(closed, model, 'ask', { readRequest: () => ({ operation: 'x', provider: 'x' }) })
  await closed.close()
  expect(await (await fetch('http://localhost/other')).text()).toBe('as it was')
  expect(problems).toEqual([])
  expect(await (await fetch('http://localhost/model')).text()).toBe('as it was')
  expect(problems).toEqual(['closed'])
  expect(model.ask()).toBe('as it was')
  expect(problems).toEqual(['closed', 'closed'])
})
